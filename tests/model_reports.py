"""A model's report as training writes it, small."""

REPORT = {
    "measured": {
        "target_error": 0.05,
        "share_auto": 0.5,
        "curve": [
            {"share": 0.25, "error": 0.0, "threshold": 0.9},
            {"share": 0.5, "error": 0.04, "threshold": 0.7},
            {"share": 1.0, "error": 0.2, "threshold": 0.1},
        ],
        "reliability": [{"rows": 80, "confidence": 0.62, "accuracy": 0.6, "low": 0.5, "high": 0.7}],
        "confusions": [
            {"issue_type": "card_late", "taken_for": "card_lost", "count": 12, "texts": ["it never <b>came</b>"]}
        ],
        "slices": [
            {"dimension": "family", "name": "cards", "rows": 200, "accuracy": 0.63, "low": 0.56, "high": 0.69},
        ],
    },
    "cost": {"seconds_per_item": 30, "messages_per_day": 10_000},
}

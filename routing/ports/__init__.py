"""What the service needs from outside, as small protocols that adapters fulfil; one module a subject."""

from routing.ports.audit import Anchors, AuditTrail
from routing.ports.conversations import ConversationFilter, Conversations, Proposals, Reviews, Triages
from routing.ports.edits import Books, Edits
from routing.ports.erasing import Belongings, ErasureRecords, Erasures, Exports, Holds, Lessons, Place, Pseudonyms
from routing.ports.learning import Lesson, ModelFiles, OpenModel
from routing.ports.matching import Explainer, Matcher, MatchingPlan, MatchingProblem, PlannedOffer
from routing.ports.models import DriftChecks, Models, ShadowTriages
from routing.ports.overrides import Overrides, SignIns
from routing.ports.records import Events, Idempotency, Inbox, Labels, Leases, Outbox, StoredReply, Ticks
from routing.ports.store import Store, UnitOfWork
from routing.ports.surroundings import Clock, Ids, PackSource, Publisher
from routing.ports.understanding import Classifier, Embedder, Masker, Utterance
from routing.ports.what_if import Simulation, Simulator, WhatIfRuns
from routing.ports.work import Assignments, Cops, HandleTimes, Offers

__all__ = [
    "Anchors",
    "Assignments",
    "AuditTrail",
    "Belongings",
    "Books",
    "Classifier",
    "Clock",
    "ConversationFilter",
    "Conversations",
    "Cops",
    "DriftChecks",
    "Edits",
    "Embedder",
    "ErasureRecords",
    "Erasures",
    "Events",
    "Explainer",
    "Exports",
    "HandleTimes",
    "Holds",
    "Idempotency",
    "Ids",
    "Inbox",
    "Labels",
    "Leases",
    "Lesson",
    "Lessons",
    "Masker",
    "Matcher",
    "MatchingPlan",
    "MatchingProblem",
    "ModelFiles",
    "Models",
    "Offers",
    "OpenModel",
    "Outbox",
    "Overrides",
    "PackSource",
    "Place",
    "PlannedOffer",
    "Proposals",
    "Pseudonyms",
    "Publisher",
    "Reviews",
    "ShadowTriages",
    "SignIns",
    "Simulation",
    "Simulator",
    "Store",
    "StoredReply",
    "Ticks",
    "Triages",
    "UnitOfWork",
    "Utterance",
    "WhatIfRuns",
]

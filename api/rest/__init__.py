"""Endpoints, one module a resource: parse, call one use case, shape the reply."""

from fastapi import APIRouter

from api.rest import (
    assignments,
    conversations,
    cops,
    edits,
    erasure,
    events,
    floor,
    health,
    models,
    offers,
    overrides,
    proposals,
    rerouting,
    review_steps,
    reviews,
    taxonomy,
    triage,
)

ROUTERS: tuple[APIRouter, ...] = (
    triage.router,
    conversations.router,
    cops.router,
    offers.router,
    assignments.router,
    reviews.router,
    review_steps.router,
    proposals.router,
    rerouting.router,
    models.router,
    floor.router,
    overrides.router,
    *edits.ROUTERS,
    taxonomy.router,
    events.router,
    erasure.router,
    health.router,
)

"""Short ways over the console's pages."""

from fastapi.testclient import TestClient
from rest_door import LOCAL, Door

from routing.domain.review import ReviewState
from routing.services import review_views


def page(door: Door, path: str = "/") -> str:
    reply = door.client.get(path)
    assert reply.status_code == 200, reply.text
    return reply.text


def first_review(door: Door) -> str:
    door.begin("unsure card_late where is it")
    door.understand()
    return max(view.item.id for view in review_views.review_queue(door.context, (ReviewState.OPEN,)))


def sign_in(door: Door, name: str) -> TestClient:
    client = TestClient(door.app, base_url=LOCAL)
    reply = client.post("/sign-in", data={"token": f"token-of-{name}"}, follow_redirects=False)
    assert reply.status_code == 303, reply.text
    return client

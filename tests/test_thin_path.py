"""A first path through everything; the details have tests of their own."""

from flask.testing import FlaskClient

from tests.support import factories


def test_a_visitor_is_sent_to_the_sign_in(client: FlaskClient) -> None:
    response = client.get("/admin/")
    assert response.status_code == 303
    assert response.location.startswith("/sign-in")


def test_an_admin_signs_in_with_the_form(client: FlaskClient) -> None:
    user = factories.staff()
    response = client.post("/sign-in", data={"email": user.email, "password": factories.PASSWORD}, follow_redirects=True)
    assert response.status_code == 200
    assert "Overview" in response.text


def test_a_client_does_not_learn_that_the_console_exists(as_client_admin: FlaskClient) -> None:
    assert as_client_admin.get("/admin/").status_code == 404

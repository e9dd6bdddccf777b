"""The profile of a member that other people see: name, initials, colour, picture."""

from jupyter_server.auth.identity import User

from .person import Person

LONGEST_FIELD = {"display_name": 100, "initials": 4, "color": 40, "avatar_url": 2000}
"""Fields that a member may change, and the most characters of each."""


def user_of(person: Person) -> User:
    """Return the member as Jupyter and the other people in the notebooks see them."""
    name = person.name or person.id
    words = [word for word in name.split() if word]
    initials = "".join(word[0] for word in words[:2]).upper()
    shown = {"display_name": name, "initials": initials, **person.profile}
    return User(
        username=person.id,
        name=name,
        display_name=shown["display_name"],
        initials=shown["initials"],
        avatar_url=shown.get("avatar_url"),
        color=shown.get("color"),
    )

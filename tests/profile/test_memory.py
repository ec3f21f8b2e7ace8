"""What a process remembers of people's preferences between two pulls."""

from models.shared.settings.preferences import Preferences, as_record
from models.shared.settings.pulled_records import PulledPage
from webapp.shared.people.preferences import Memory


def pulled(*people: Preferences, complete: bool = False) -> PulledPage:
    return PulledPage(
        revision=max(each.revision for each in people),
        complete=complete,
        records={each.uid: as_record(each) for each in people},
    )


def jim(revision: int, theme: str = "dark", avatar: str = "") -> Preferences:
    return Preferences(uid="jim", revision=revision, theme=theme, avatar=avatar)  # type: ignore[arg-type]


def test_a_pull_of_a_known_revision_does_not_take_back_what_the_person_just_chose() -> None:
    memory = Memory()
    memory.learn(jim(4))
    memory.set_look("jim", theme="auto")
    memory.learn_page(pulled(jim(4)))
    assert memory.about("jim") == jim(4, "auto")


def test_a_newer_revision_replaces_what_was_chosen_and_an_older_one_nothing() -> None:
    memory = Memory()
    memory.learn(jim(4))
    memory.set_look("jim", theme="auto")
    memory.learn_page(pulled(jim(3, "light")))
    assert memory.about("jim") == jim(4, "auto")
    memory.learn_page(pulled(jim(5, "light")))
    assert memory.about("jim") == jim(5, "light")


def test_a_complete_page_replaces_everything_even_with_lower_revisions() -> None:
    memory = Memory()
    memory.learn(jim(4, avatar="abc"))
    memory.learn(Preferences(uid="pam", revision=5))
    memory.learn_page(pulled(jim(2, "light", avatar="def"), complete=True))
    assert (memory.about("jim"), memory.about("pam")) == (jim(2, "light", avatar="def"), None)
    assert memory.faces() == (("jim", "def"),)

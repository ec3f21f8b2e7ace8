"""People are named as the directory does; before it was pulled, as their uid tells it."""

from models.shared.settings.names import SOURCE, name_of
from models.shared.settings.pulled_records import PulledPage, take_page
from models.shared.transactions import transaction
from webapp.shared.people.names import Names, person_name

DEANGELO = {"name": "DeAngelo Vickers", "revision": 1}
PAGE = PulledPage(revision=1, complete=True, records={"deangelo.vickers": DEANGELO})


def test_a_page_names_people_as_the_directory_does_once_it_was_pulled():
    names = Names()
    assert names.of("deangelo.vickers") == "Deangelo Vickers"
    names.learn_page(PAGE)
    assert names.of("deangelo.vickers") == "DeAngelo Vickers"
    assert names.of("jim.halpert") == "Jim Halpert", "whom the directory does not have"


def test_a_page_shows_the_names_that_its_process_has_learned(web_app):
    web_app.extensions["names"].learn_page(PAGE)
    with web_app.app_context():
        assert person_name("deangelo.vickers") == "DeAngelo Vickers"
        assert web_app.jinja_env.globals["name_of"]("deangelo.vickers") == "DeAngelo Vickers"
    assert person_name("deangelo.vickers") == "Deangelo Vickers", "another process"


def test_a_command_names_people_by_its_services_copy(clean_database: str):
    with transaction("sales", actor="service:test") as session:
        assert name_of(session, "deangelo.vickers") == "Deangelo Vickers"
        take_page(session, SOURCE, PAGE)
        assert name_of(session, "deangelo.vickers") == "DeAngelo Vickers"
        assert name_of(session, "jim.halpert") == "Jim Halpert"


def test_whoever_left_the_company_keeps_their_name_and_is_in_no_group_any_more():
    names = Names()
    sales = {"name": "Jim Halpert", "mail": "jim@dundermifflin.example", "groups": ["sales"]}
    angela = {"name": "Angela Martin", "mail": "", "groups": ["accounting"]}
    both = {"jim.halpert": sales, "angela.martin": angela}
    names.learn_page(PulledPage(revision=1, complete=True, records={**both}))
    assert names.in_groups(["sales"]) == {"jim.halpert": ("Jim Halpert", sales["mail"])}
    names.learn_page(PulledPage(revision=2, complete=True, records={"angela.martin": angela}))
    assert names.in_groups(["sales"]) == {}
    assert names.of("jim.halpert") == "Jim Halpert"

"""What profile brings to the product."""

from webapp.shared.manifest import Command, Manifest, Place, Record, Search

MANIFEST = Manifest(
    blueprints=("webapp.profile.pages", "webapp.profile.api"),
    api="Directory, settings, and preferences",
    places=(
        Place(
            rank=90,
            endpoint="profile.people",
            label="Directory",
            icon="address-book",
            action="people.see",
            key="d",
        ),
        Place(
            rank=100,
            endpoint="profile.settings_page",
            label="Settings",
            icon="settings",
            action="settings.change",
            key="t",
        ),
    ),
    searches=(Search(rank=10, endpoint="profile.search", label="People", action="people.see"),),
    commands=(
        Command(
            rank=50,
            endpoint="profile.own_page",
            label="Your profile",
            icon="user",
            action="profile.own",
        ),
        Command(
            rank=60,
            endpoint="profile.preferences_page",
            label="Preferences",
            icon="settings",
            action="profile.own",
        ),
        Command(
            rank=70,
            endpoint="profile.programs",
            label="For programs: access tokens and API",
            icon="key",
            action="tokens.own",
        ),
    ),
    records=(Record(kind="access_token", endpoint="profile.programs", argument="token"),),
    addresses={
        "programs": "profile/programs",
        "tokens": "profile/programs",
        "service-accounts": "profile/service-accounts",
        "people": "profile/people",
        "directory": "profile/people",
        "settings": "profile/settings",
    },
)

"""Errors that the domain raises. Routes turn them into responses; the messages are for people."""


class DomainError(Exception):
    """The request is well-formed but not allowed right now.

    `code` is stable, `message` is for a person.
    """

    status = 409

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details


class Invalid(DomainError):
    """Invalid input. `errors` maps a field's name (`lines-0-quantity`) to what is wrong with it."""

    status = 422

    def __init__(self, errors: dict[str, str], message: str = "Check the marked fields.") -> None:
        super().__init__("invalid", message, errors=errors)
        self.errors = errors


class NotFound(DomainError):
    """No such record, or none that this person may see."""

    status = 404

    def __init__(self, what: str, key: object) -> None:
        super().__init__("not_found", f"There is no {what} {key}.")


class Forbidden(DomainError):
    """This person may not do this to this record."""

    status = 403

    def __init__(self, message: str) -> None:
        super().__init__("forbidden", message)


class Stale(DomainError):
    """The record changed after the person read it. `changes` maps a field to (theirs, current)."""

    status = 409

    def __init__(
        self, message: str, changes: dict[str, tuple[object, object]] | None = None
    ) -> None:
        self.changes = changes or {}
        super().__init__("stale", message, changes=self.changes)


class KeyReused(DomainError):
    """The idempotency key was already used with other parameters."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "key_reused",
            "This form was already sent with different values. Reload it and try again.",
        )


class NoSuchPlace(ValueError):
    """These keys are of no row of the list: a link to a page of it is damaged."""

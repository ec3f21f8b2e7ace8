"""How the relay and the operators' commands reach the broker: address, encryption, and password.

Workers use another client library with the same settings: consumers/worker/app.py.
"""

from settings import settings

Value = str | int | float | bool


def librdkafka_options(**options: Value) -> dict[str, Value]:
    """Return the configuration of a librdkafka client that logs nothing while the broker is down.

    `options` are the client's own, with underscores for dots.
    """
    given = settings()
    found: dict[str, Value] = {
        "bootstrap.servers": given.kafka_bootstrap,
        "security.protocol": given.kafka_security,
        "log_level": 0,
    }
    if "ssl" in given.kafka_security:
        found |= {
            "ssl.ca.location": given.kafka_ca_file,
            "ssl.certificate.location": given.kafka_certificate_file,
            "ssl.key.location": given.kafka_key_file,
        }
    if "sasl" in given.kafka_security:
        found |= {
            "sasl.mechanism": given.kafka_sasl_mechanism,
            "sasl.username": given.kafka_username,
            "sasl.password": given.kafka_password.reveal(),
        }
    own = {name.replace("_", "."): value for name, value in options.items()}
    return {name: value for name, value in found.items() if value != ""} | own

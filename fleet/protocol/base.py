"""What all messages share: camelCase JSON, strict out, forgiving in."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

UINT32 = 2**32


class ProtocolError(ValueError):
    """A message from outside that cannot be used: one line that says what, where and what to do."""


def _forgiving_timestamp(value: Any) -> Any:
    """Accept a timestamp without `Z`, as several vendors send it: VDA 5050 says it is UTC."""
    if isinstance(value, str) and value and not value.endswith("Z") and "+" not in value:
        return value + "Z"
    return value


Timestamp = Annotated[str, BeforeValidator(_forgiving_timestamp)]


class Part(BaseModel):
    """A JSON object: snake_case here, camelCase on the wire, unknown fields ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True, allow_inf_nan=False
    )

    def to_json(self) -> bytes:
        """The wire form: UTF-8 JSON, optional fields that are not set left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()

    @classmethod
    def parse(cls, payload: bytes | str, where: str) -> Self:
        """Read one message.

        :param where: topic or file it came from, for the error.
        :raises ProtocolError: if it is not JSON or not this message.
        """
        try:
            return cls.model_validate_json(payload)
        except ValidationError as error:
            raise ProtocolError(f"{where}: {_first_problem(error)}") from None


class Message(Part):
    """A VDA 5050 message with its protocol header (VDA 5050 2.1.0, section 6.4)."""

    header_id: int = Field(default=0, ge=0, lt=UINT32)
    """Counts this topic's messages of this sender, +1 each."""
    timestamp: Timestamp = ""
    """ISO 8601, UTC, `YYYY-MM-DDTHH:mm:ss.fffZ`."""
    version: str = "2.1.0"
    manufacturer: str = ""
    """Of the vehicle, whoever sends."""
    serial_number: str = ""


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "message"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {first['msg']}{more}"

"""Errors over HTTP: one problem document (RFC 9457) for every one of them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from loguru import logger
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from providers.errors import ProviderError
from receptionist.errors import ReceptionistError, from_provider

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 30


class Problem(BaseModel):
    """What went wrong with a request (RFC 9457)."""

    type: str = Field(default="about:blank", description="Kind of problem; `about:blank` is none.")
    title: str = Field(description="The HTTP status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened and what to do, for a person.")
    code: str = Field(description="What happened, for a program: `busy`, `offer_unusable`, …")
    retryable: bool = Field(description="The same request may succeed later.")


class ProblemResponse(JSONResponse):
    """A problem document."""

    media_type = MEDIA_TYPE


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    retryable: bool = False,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """Returns the answer that carries a problem."""
    content = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        retryable=retryable,
    )
    answer_headers = dict(headers or {})
    if retryable:
        answer_headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    return ProblemResponse(content.model_dump(), status, headers=answer_headers)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Returns the OpenAPI `responses` of problems with these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


def answer_errors(app: FastAPI) -> None:
    """Makes `app` answer every error with a problem document, and describe it in OpenAPI."""
    app.add_exception_handler(ReceptionistError, _ours)
    app.add_exception_handler(ProviderError, _engine)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
    describe = app.openapi

    def describe_with_problem() -> dict[str, Any]:
        description = describe()
        schemas = description.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        return description

    app.openapi = describe_with_problem


async def _ours(request: Request, error: Exception) -> ProblemResponse:
    del request
    assert isinstance(error, ReceptionistError)
    return problem(
        error.http_status, error.code, str(error), retryable=error.retryable, headers=error.headers
    )


async def _engine(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, ProviderError)
    return await _ours(request, from_provider(error))


async def _invalid(request: Request, error: Exception) -> ProblemResponse:
    del request
    assert isinstance(error, RequestValidationError)
    # What was sent is not repeated: it may be private, or huge.
    details = [
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors()
    ]
    return problem(422, "request_invalid", "; ".join(details))


async def _http(request: Request, error: Exception) -> ProblemResponse:
    del request
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).name.lower()
    return problem(error.status_code, code, str(error.detail), headers=error.headers)


async def _unexpected(request: Request, error: Exception) -> ProblemResponse:
    logger.opt(exception=error).error(f"{request.method} {request.url.path} failed")
    return problem(500, "internal", "This is a fault of the receptionist; its log tells more.")

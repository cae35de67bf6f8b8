"""Errors as Problem Details (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class Problem(Exception):
    """An error, and the members of its Problem Details."""

    def __init__(self, status: int, kind: str, **details: Any) -> None:
        super().__init__(kind)
        self.status, self.kind, self.details = status, kind, details


def problem_response(request: Request, problem: Problem) -> JSONResponse:
    """Returns a problem as JSON."""
    body = {
        "type": f"urn:problem:{problem.kind}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "instance": request.url.path,
    }
    return JSONResponse(body | problem.details, problem.status, media_type="application/problem+json")


def validation_response(request: Request, invalid: RequestValidationError) -> JSONResponse:
    """Returns a problem that lists every validation error with a JSON pointer."""
    errors = [
        {"pointer": "/" + "/".join(str(part) for part in error["loc"][1:]), "detail": error["msg"]}
        for error in invalid.errors()
    ]
    return problem_response(request, Problem(400, "validation", errors=errors))

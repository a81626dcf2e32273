"""The atlas over HTTP: the JSON API of one release, and the browser application. Serves a release and nothing else."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from kansen.atlas import certainty_models, models
from kansen.atlas.answers import Stored, problem, send
from kansen.atlas.application import STATIC, Application
from kansen.atlas.composition import ComposedArea
from kansen.atlas.content import Content
from kansen.atlas.effects import Effects
from kansen.atlas.gap_parts import AreaGaps
from kansen.atlas.headers import SafeHeaders
from kansen.atlas.openapi import describe, problems
from kansen.errors import AreaError, KansenError, UsageError
from kansen.progress import Lines, Progress
from kansen.release import Release, open_release

API = "/api/v1"
LAYER = "/layers/{outcome}/{level}/{group}"

_Less = Annotated[str | None, Query(max_length=200, description="A group id: the difference from it")]

_NOT_FOUND = problems(s404="Nothing has this id; the detail names ids that come near")
_INVALID = problems(s422="A parameter cannot be read")


def create_app(release: Release, static: Path | None = STATIC) -> FastAPI:
    """The ASGI application for one release; `static` holds the built browser application, None serves the API only."""
    app = FastAPI(
        title="Kansen",
        version="1",
        summary="Chances of children by where they grew up: published figures of one release.",
        description="All figures of a release, shown cells only: what is absent is too small to show, or empty.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(SafeHeaders)],
        redirect_slashes=False,
    )
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _validation_problem)
    app.add_exception_handler(KansenError, _kansen_problem)
    app.add_exception_handler(Exception, _server_problem)
    content, application = Content(release), Application(static)

    async def layer(request: Request) -> Response:
        outcome, level, group = (request.path_params[name] for name in ("outcome", "level", "group"))
        found = release.layer(outcome, level, group)
        form = request.query_params.get("form", "compact")
        if form not in ("compact", "full"):
            return problem(request, 422, f"There is no form {form}. A layer is sent as compact (default) or full.")
        stored = Stored(found.body, f"{release.id}-{outcome}-{level}-{group}")
        return send(request, Stored.json(found.json()) if form == "full" else stored, lasts=is_pinned(request))

    def is_pinned(request: Request) -> bool:
        """Whether the address names this release, so that it can never answer anything else."""
        return request.query_params.get("v") == release.id

    async def page(request: Request) -> Response:
        path = request.path_params["path"]
        found = None if path.startswith("api/") or path == "api" else application.find(path)
        if found is None:
            raise HTTPException(404, f"There is nothing at /{path}" + ("" if application.is_built else f". {_BUILD}"))
        return send(request, found)

    # A plain route: a layer is one read and one answer, without anything between.
    app.router.routes.append(Route(API + LAYER, layer, name="layer"))
    _add_api(app, content, is_pinned)
    app.router.routes.append(Route("/{path:path}", page, name="page"))
    describe(
        app,
        APIRoute(
            API + LAYER,
            _layer_as_documented,
            summary="One map layer",
            response_model=models.Layer,
            response_model_exclude_none=True,
            responses={**_NOT_FOUND, **_INVALID},
            tags=["figures"],
            operation_id="layer",
        ),
    )
    return app


def _add_api(app: FastAPI, content: Content, is_pinned: Any) -> None:
    def get(path: str, model: type, tag: str, *refusals: dict[int | str, dict[str, Any]]) -> Any:
        responses = {status: text for refusal in refusals for status, text in refusal.items()}
        return app.get(API + path, response_model=model, responses=responses, tags=[tag])

    @get("/manifest", models.Manifest, "release", _INVALID)
    def manifest(
        request: Request,
        inputs: Annotated[bool, Query(description="Whether to list the files that the release was made of")] = True,
    ) -> Response:
        """What the release is, what it was made of, how it was protected, which levels it has."""
        return send(request, content.manifest(inputs=inputs))

    @get("/attrition/{cohort}", models.Attrition, "release", _NOT_FOUND, _INVALID)
    def attrition(
        request: Request,
        cohort: str,
        area: Annotated[str | None, Query(max_length=100, description="A municipality; left out: the country")] = None,
    ) -> Response:
        """How many children each rule of a cohort dropped: in tens, null below ten; of the country also by group."""
        return send(request, Stored.json(content.attrition(cohort, area)), lasts=is_pinned(request))

    @get("/audit", models.Audit, "release", problems(s404="No audit is attached to this release"))
    def audit(request: Request) -> Response:
        """What an attack on the release found."""
        found = content.audit()
        if found is None:
            raise HTTPException(404, _NO_AUDIT)
        return send(request, found)

    @get("/effects", Effects, "effects")
    def effects(request: Request) -> Response:
        """Effects, apart from the figures: what a year in a place or a policy does. Empty where none is attached."""
        return send(request, content.effects())

    @get("/outcomes", models.Outcomes, "release")
    def outcomes(request: Request) -> Response:
        """The outcomes: what they measure, their national figures and class breaks."""
        return send(request, content.outcomes(), lasts=is_pinned(request))

    @get("/groups", models.Groups, "release")
    def groups(request: Request) -> Response:
        """The groups: bands of parental position, sexes, origins, households."""
        return send(request, content.groups(), lasts=is_pinned(request))

    @get("/areas", models.AreaList, "areas", _NOT_FOUND, _INVALID)
    def areas(request: Request, level: Annotated[str, Query(max_length=100, examples=["wijk"])]) -> Response:
        """All areas of a level as columns."""
        return send(request, content.areas(level), lasts=is_pinned(request))

    @get("/areas/{area}", models.AreaPage, "areas", _NOT_FOUND, _INVALID)
    def area(
        request: Request,
        area: str,
        group: Annotated[str | None, Query(max_length=200, description="A group id; left out: everybody")] = None,
        level: Annotated[str | None, Query(max_length=100, description="Where two levels share an id")] = None,
    ) -> Response:
        """One area: what it lies in, and its shown figures for one group."""
        return send(request, Stored.json(content.area(area, group, level)), lasts=is_pinned(request))

    @get("/ranks/{outcome}/{level}/{group}", certainty_models.Ranks, "certainty", _NOT_FOUND, _INVALID)
    def ranks(request: Request, outcome: str, level: str, group: str, less: _Less = None) -> Response:
        """How sure a layer is: which places its areas can have, shrunk figures, and which differ from the country."""
        return send(request, content.ranks(outcome, level, group, less), lasts=is_pinned(request))

    @get("/reliability/{outcome}/{level}/{group}", certainty_models.Reliable, "certainty", _NOT_FOUND, _INVALID)
    def reliability(request: Request, outcome: str, level: str, group: str, less: _Less = None) -> Response:
        """How much of the differences between the areas of a layer is real, and how small a difference can be found."""
        return send(request, content.reliability(outcome, level, group, less), lasts=is_pinned(request))

    @get("/neighbours/{outcome}/{level}/{group}", certainty_models.Neighbours, "certainty", _NOT_FOUND, _INVALID)
    def neighbours(request: Request, outcome: str, level: str, group: str, less: _Less = None) -> Response:
        """Whether areas that touch on the map are alike, and which stand out for it."""
        return send(request, content.neighbours(outcome, level, group, less), lasts=is_pinned(request))

    @get("/changes/{outcome}/{level}/{group}", certainty_models.ChangedFrom, "certainty", _NOT_FOUND, _INVALID)
    def changes(
        request: Request,
        outcome: str,
        level: str,
        group: str,
        earlier: Annotated[
            str | None, Query(max_length=200, description="One of the outcome's `earlier`; left out: the first")
        ] = None,
    ) -> Response:
        """The change since the same measure of an earlier cohort, with joint errors and the breaks between the two."""
        return send(request, content.changes(outcome, level, group, earlier), lasts=is_pinned(request))

    @get("/decompositions/{outcome}/{area}", AreaGaps, "figures", _NOT_FOUND, _INVALID)
    def decompositions(request: Request, outcome: str, area: str) -> Response:
        """What the gaps between groups in an outcome go with, in one area: raw, explained per block, unexplained."""
        return send(request, Stored.json(content.gaps(outcome, area)), lasts=is_pinned(request))

    @get("/composition/{outcome}/{area}", ComposedArea, "figures", _NOT_FOUND, _INVALID)
    def composition(
        request: Request,
        outcome: str,
        area: str,
        group: Annotated[str | None, Query(max_length=200, description="A group id; left out: everybody")] = None,
        by: Annotated[str, Query(max_length=100, description="origin or sex")] = "origin",
    ) -> Response:
        """How much of an area's difference from the country goes with who grew up there, and how much does not."""
        return send(request, Stored.json(content.composition(outcome, area, group, by)), lasts=is_pinned(request))

    @get("/characteristics", models.Characteristics, "areas", _NOT_FOUND, _INVALID)
    def characteristics(
        request: Request, level: Annotated[str, Query(max_length=100, examples=["municipality"])]
    ) -> Response:
        """What is known of the areas of a level besides outcomes, to set an outcome against."""
        return send(request, content.characteristics(level))

    @get("/search", models.Found, "areas", _INVALID)
    def search(
        request: Request,
        q: Annotated[str, Query(max_length=200, description="A name, a code or a postcode", examples=["haren"])],
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
    ) -> Response:
        """Areas by name, code, postcode or the name of a former municipality."""
        return send(request, Stored.json(content.search(q, limit)))

    @app.get(
        API + "/geometry/{level}/{view}",
        response_class=Response,
        responses={200: {"description": "TopoJSON", "content": {"application/json": {}}}, **_NOT_FOUND, **_INVALID},
        tags=["areas"],
    )
    def geometry(request: Request, level: str, view: str) -> Response:
        """A map of a level as TopoJSON; view is `schematic`, `hexagon` or `imported`. Geometry ids are area ids."""
        return send(request, content.geometry(level, view), lasts=view != "imported" and is_pinned(request))


def _layer_as_documented(
    outcome: str,
    level: str,
    group: str,
    form: Annotated[
        Literal["compact", "full"], Query(description="full lists lwr and upr instead of margin and skew")
    ] = "compact",
    v: str | None = None,
) -> None:
    """One outcome, one level, one group: shown areas only. With `v` set to the release id it may be kept forever."""


def _http_problem(request: Request, error: Any) -> Response:
    return problem(request, error.status_code, str(error.detail), headers=error.headers)


def _validation_problem(request: Request, error: Any) -> Response:
    errors = [{"where": ".".join(map(str, item["loc"])), "what": item["msg"]} for item in error.errors()]
    detail = "; ".join(f"{item['where']}: {item['what']}" for item in errors)
    return problem(request, 422, detail, errors=errors)


def _kansen_problem(request: Request, error: Any) -> Response:
    """What was asked for is not in the release, or the release itself is damaged."""
    is_unknown = isinstance(error, UsageError | AreaError)
    return problem(request, 404 if is_unknown else 500, " ".join(_sentences(error)))


def _sentences(error: Any) -> list[str]:
    """What is wrong, why, and what there is instead: each a whole sentence."""
    said = [str(error.what)]
    if isinstance(error, AreaError) and error.found:
        said.append(str(error.found))
    if error.expected:
        lead = (
            "It should be "
            if isinstance(error, AreaError)
            else "It has "
            if isinstance(error, UsageError)
            else "Expected: "
        )
        said.append(str(error.expected) if str(error.expected).startswith("Perhaps ") else f"{lead}{error.expected}")
    return [f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in said]


def _server_problem(request: Request, error: Any) -> Response:
    return problem(request, 500, "The server could not answer; the reason is in its log.")


_NO_AUDIT = "No audit is attached to this release. Attach one with: kansen audit RELEASE"
_BUILD = "The browser application is not built: run make web"


def serve(release: Path, host: str = "127.0.0.1", port: int = 8000, *, progress: Progress | None = None) -> None:
    """Serve a release until interrupted, on this host and port only; says where on the terminal (or to `progress`).

    Raises `ReleaseError` for a bad release, `UsageError` when the application is not built or the port is taken.
    """
    say = (progress or Lines()).say
    with open_release(release) as opened:
        if not Application(STATIC).is_built:
            raise UsageError(
                "The browser application is not built",
                where=STATIC,
                expected="index.html",
                todo="run make web (it needs Node 20.19 or newer), then try again",
            )
        app = create_app(opened)
        with listen(host, port) as listener:
            name = f"[{host}]" if ":" in host else host
            say(f"The atlas is at http://{name}:{listener.getsockname()[1]}/ (stop with Ctrl-C)")
            config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
            try:
                uvicorn.Server(config).run(sockets=[listener])
            except KeyboardInterrupt:
                say("Stopped")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on exactly this address (port 0: any free one); `UsageError` when that cannot be had."""
    if not 0 <= port <= 65535:
        raise UsageError("There is no such port", found=port, expected="0 to 65535", todo="choose --port 8000")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(128)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        is_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
        raise UsageError(
            "Cannot listen on this address",
            where=f"{host}:{port}",
            found=error.strerror or error,
            expected="an address of this computer and a free port",
            todo=f"choose another port: --port {max(port + 1, 8001) % 65536}" if is_port else "try --host 127.0.0.1",
        ) from error
    return listener

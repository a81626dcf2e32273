"""The API as a client meets it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kansen.atlas import create_app, server
from kansen.errors import ReleaseError, UsageError
from kansen.release import Release, open_release
from kansen.release.attachments import attach_audit
from kansen.release.layers import decode_layer, pack
from release import worlds

API = "/api/v1"
LAYER = f"{API}/layers/c35_income/municipality/{worlds.ALL}"
PAGES = [
    "/manifest",
    "/attrition/age35",
    "/outcomes",
    "/groups",
    "/areas?level=wijk",
    "/areas/GM0363",
    "/search?q=haren",
]


def test_a_layer_is_sent_as_it_is_stored(client: TestClient, release: Release) -> None:
    with client.stream("GET", LAYER, headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    stored = release.layer("c35_income", "municipality", worlds.ALL)
    assert raw == stored.body
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(raw)


def test_the_full_form_lists_the_limits(client: TestClient, release: Release) -> None:
    answer = client.get(LAYER, params={"form": "full"})
    assert answer.json() == release.layer("c35_income", "municipality", worlds.ALL).json()
    assert {"lwr", "upr"} <= set(answer.json())
    assert answer.headers["etag"] != client.get(LAYER).headers["etag"]
    refused = client.get(LAYER, params={"form": "long"})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_layer_for_clients_without_gzip(client: TestClient, release: Release) -> None:
    answer = client.get(LAYER, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert decode_layer(pack(answer.content)) == release.layer("c35_income", "municipality", worlds.ALL).json()


def test_the_files_that_went_in_may_be_left_out(client: TestClient) -> None:
    whole, short = client.get(f"{API}/manifest").json(), client.get(f"{API}/manifest?inputs=false").json()
    assert whole.pop("inputs")
    assert short == whole


def test_what_each_rule_left(client: TestClient) -> None:
    country = client.get(f"{API}/attrition/age35").json()
    assert (country["area"], country["name"], country["steps"]) == ("NL", "Nederland", [])
    told = client.get(f"{API}/attrition/age35?area=GM0363").json()
    names = ("step", "dimension", "category", "before", "dropped", "left")
    assert told["steps"] == [{**{name: worlds.ATTRITION[name] for name in names}, "label": None}]
    assert client.get(f"{API}/attrition/age99").status_code == 404
    assert client.get(f"{API}/attrition/age35?area=GM9999").status_code == 404


def test_the_group_may_be_encoded_or_not(client: TestClient) -> None:
    encoded = LAYER.replace("=", "%3D").replace(";", "%3B")
    assert client.get(encoded).json() == client.get(LAYER).json()


def test_a_layer_without_figures_is_an_empty_list(client: TestClient) -> None:
    answer = client.get(f"{API}/layers/c35_income/wijk/{worlds.LOW}")
    assert (answer.status_code, answer.json()["areas"], answer.json()["est"]) == (200, [], [])


def test_tags_spare_the_body(client: TestClient) -> None:
    first = client.get(LAYER)
    again = client.get(LAYER, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    plain = client.get(LAYER, headers={"if-none-match": first.headers["etag"], "accept-encoding": "identity"})
    assert plain.status_code == 200
    assert plain.headers["etag"] != first.headers["etag"]
    other = client.get(LAYER.replace("c35_income", "c35_hbo_attained"))
    assert other.headers["etag"] != first.headers["etag"]


def test_only_an_address_with_the_release_id_is_kept_forever(client: TestClient, release: Release) -> None:
    assert "immutable" in client.get(LAYER, params={"v": release.id}).headers["cache-control"]
    for answer in (client.get(LAYER), client.get(LAYER, params={"v": "another"})):
        assert answer.headers["cache-control"] == "public, no-cache"
        assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_has_a_tag_and_a_head(client: TestClient, page: str) -> None:
    get, head = client.get(API + page), client.head(API + page)
    assert (get.status_code, head.status_code, head.content) == (200, 200, b"")
    assert head.headers["etag"] == get.headers["etag"]
    assert head.headers["content-length"] == get.headers["content-length"]
    assert client.get(API + page, headers={"if-none-match": get.headers["etag"]}).status_code == 304


def test_the_manifest_tells_what_the_release_is(client: TestClient, release: Release) -> None:
    told = client.get(f"{API}/manifest").json()
    assert (told["id"], told["synthetic"], told["audit"]) == (release.id, True, None)
    assert "files" not in told
    assert told["boundaries"]["municipality"] == {"kind": "schematic", "attribution": None}
    assert [level["id"] for level in told["levels"]] == ["nl", "municipality", "wijk", "pc4"]


def test_an_audit_shows_as_soon_as_it_is_there(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "out")
    with open_release(out) as release, TestClient(create_app(release, None)) as client:
        before = client.get(f"{API}/manifest")
        absent = client.get(f"{API}/audit")
        attach_audit(out, {"passed": True})
        after = client.get(f"{API}/manifest", headers={"if-none-match": before.headers["etag"]})
        found = client.get(f"{API}/audit")
    assert (absent.status_code, absent.headers["content-type"]) == (404, "application/problem+json")
    assert "kansen audit RELEASE" in absent.json()["detail"]
    assert before.json()["audit"] is None
    assert after.json()["audit"] == found.json() == {"release": release.id, "passed": True}


@pytest.mark.parametrize("content", ["{", "[]", '{"release": "0123456789abcdef", "passed": true}'])
def test_an_audit_that_is_damaged_or_of_another_release_is_none(tmp_path: Path, content: str) -> None:
    out = worlds.small_release(tmp_path / "out")
    (out / "audit.json").write_text(content, encoding="utf-8")
    with open_release(out) as release, TestClient(create_app(release, None)) as client:
        assert client.get(f"{API}/audit").status_code == 404
        assert client.get(f"{API}/manifest").json()["audit"] is None


def test_areas_come_as_columns(client: TestClient) -> None:
    told = client.get(f"{API}/areas", params={"level": "wijk"}).json()
    at = told["area"].index("WK036386")
    assert len(told["area"]) == len(told["name"]) == len(told["parent"]) == len(told["population"]) == 3340
    assert (told["name"][at], told["parent"][at]) == ("Overtoomse Veld", "GM0363")
    assert client.get(f"{API}/areas", params={"level": "nl"}).json()["parent"] == [None]
    assert client.get(f"{API}/areas", params={"level": "pc4"}).json()["parent"][0] == "GM0363"


def test_one_area(client: TestClient) -> None:
    told = client.get(f"{API}/areas/GM0363").json()
    assert (told["name"], told["group"]) == ("Amsterdam", worlds.ALL)
    assert [parent["area"] for parent in told["parents"]] == ["CR23", "PV27", "NL"]
    assert [figure["outcome"] for figure in told["figures"]] == ["c35_income", "c35_hbo_attained"]
    assert told["figures"][0] == {
        "outcome": "c35_income", "n": 41203, "est": 28592, "lwr": 28400, "upr": 28784,
        "reliability": "B", "protection": "exact", "noise_sd": 0,
    }  # fmt: skip
    assert client.get(f"{API}/areas/GM0363", params={"group": "income=high;all;all;all"}).json()["figures"] == []


def test_search_finds_former_municipalities_and_only_levels_with_figures(client: TestClient) -> None:
    first, *_ = client.get(f"{API}/search", params={"q": "Haren"}).json()["results"]
    assert (first["area"], first["level_label"]["en"]) == ("GM0014", "municipality")
    assert "Haren" in first["note"]["nl"]
    hits = client.get(f"{API}/search", params={"q": "groningen", "limit": 50}).json()["results"]
    assert {hit["level"] for hit in hits} <= {"nl", "municipality", "wijk", "pc4"}
    assert client.get(f"{API}/search", params={"q": "  "}).json()["results"] == []


def test_maps_are_topojson(client: TestClient) -> None:
    answer = client.get(f"{API}/geometry/municipality/hexagon")
    assert answer.json()["type"] == "Topology"
    assert answer.json()["kansen"]["projection"] == "planar"
    assert answer.headers["etag"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"/layers/c35_incom/nl/{worlds.ALL}", 404, "c35_income"),
        (f"/layers/c35_income/gemeente/{worlds.ALL}", 404, "municipality"),
        ("/layers/c35_income/nl/income=all;all;all;al", 404, worlds.ALL),
        ("/areas", 422, "level"),
        ("/areas?level=buurt", 404, "wijk"),
        ("/areas/GM0457", 404, "Weesp merged into GM0363"),
        ("/areas/GM0363?group=everybody", 404, "everybody"),
        ("/areas/GM0363?level=wijk", 404, "GM0363"),
        ("/search", 422, "q"),
        ("/search?q=a&limit=0", 422, "limit"),
        ("/geometry/wijk/hexagon", 404, "schematic"),
        ("/geometry/municipality/imported", 404, "hexagon"),
        ("/nothing", 404, "/api/v1/nothing"),
    ],
)
def test_refusals_are_problems_that_help(client: TestClient, path: str, status: int, words: str) -> None:
    answer = client.get(API + path)
    told = answer.json()
    assert (answer.status_code, told["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in told["detail"]
    assert told["instance"] == (API + path).partition("?")[0]
    assert told["title"]
    assert told["type"].startswith("urn:kansen:problem:")


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        (
            "/areas/GM0370",
            "There is no area GM0370. GM0370 Beemster merged into GM0439 Purmerend on 2022-01-01. "
            "It should be an area of nl, province, corop, municipality, wijk, pc3, pc4.",
        ),
        ("/areas?level=buurt", "This release has no level buurt. It has nl, municipality, wijk, pc4."),
        ("/geometry/wijk/hexagon", "This release has no wijk map hexagon. It has schematic."),
        (f"/layers/c35_incom/nl/{worlds.ALL}", "This release has no outcome c35_incom. Perhaps c35_income."),
    ],
)
def test_the_detail_of_a_problem_is_whole_sentences(client: TestClient, path: str, detail: str) -> None:
    assert client.get(API + path).json()["detail"] == detail


def test_other_methods_are_refused(client: TestClient) -> None:
    for path in (LAYER, f"{API}/manifest", "/"):
        answer = client.post(path)
        assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
        assert "GET" in answer.headers["allow"]


def test_a_release_that_breaks_is_a_server_problem(tmp_path: Path) -> None:
    out = worlds.small_release(tmp_path / "out")
    with open_release(out) as release, TestClient(create_app(release, None)) as client:
        (out / "layers/c35_income.bin").write_bytes(b"")
        answer = client.get(LAYER)
        (out / "groups.json").unlink()
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(tmp_path) not in answer.text


def test_a_bug_is_a_problem_without_details(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    with TestClient(create_app(release, None), raise_server_exceptions=False) as client:
        monkeypatch.setattr(Release, "layer", fail)
        answer = client.get(LAYER)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "path", [LAYER, "/", "/api/none", "/assets/none.js", "/assets/index-abc123.js", "/openapi.json"]
)
def test_every_answer_keeps_to_its_own_origin(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith(
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["/", "/kaart/c35_income/wijk", "/kaart/c35_income/wijk?groep=income%3Dlow", "/docs"])
def test_paths_of_the_application_give_its_start_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>Kansen</title>" in answer.text
    assert answer.headers["cache-control"] == "public, no-cache"


def test_assets_are_kept_forever_and_others_are_not(client: TestClient) -> None:
    script = client.get("/assets/index-abc123.js")
    assert (script.headers["content-type"], script.headers["content-encoding"]) == (
        "text/javascript; charset=utf-8",
        "gzip",
    )
    assert "immutable" in script.headers["cache-control"]
    icon = client.get("/favicon.svg")
    assert (icon.headers["content-type"], icon.headers["cache-control"]) == ("image/svg+xml", "public, no-cache")


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/robots.txt", "/../conftest.py", "/%2e%2e/conftest.py", "/api", "/api/"]
)
def test_there_is_nothing_else(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_without_the_application_the_api_still_answers(release: Release) -> None:
    with TestClient(create_app(release, None)) as client:
        assert client.get(LAYER).status_code == 200
        assert "make web" in client.get("/").json()["detail"]


def test_serve_refuses_what_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError):
        server.serve(tmp_path)


def test_serve_says_how_to_build_the_application(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STATIC", tmp_path)
    with pytest.raises(UsageError, match="make web"):
        server.serve(folder)


def test_a_taken_port_and_a_foreign_address(folder: Path, static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STATIC", static)
    with server.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"(?s)127\.0\.0\.1:{port}.*--port {port + 1}"):
            server.serve(folder, port=port)
    for host, wanted, advice in [
        ("192.0.2.1", 8000, "--host 127.0.0.1"),
        ("no.such.host.invalid", 8000, "--host 127.0.0.1"),
        ("127.0.0.1", 99_999, "0 to 65535"),
    ]:
        with pytest.raises(UsageError, match=advice):
            server.listen(host, wanted)


def test_serve_listens_on_this_address_only_and_says_where(
    folder: Path, static: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, int]] = []

    def run(self: object, sockets: list[socket.socket]) -> None:
        asked.extend(listener.getsockname()[:2] for listener in sockets)
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "STATIC", static)
    monkeypatch.setattr(server.uvicorn.Server, "run", run)
    server.serve(folder, port=0)
    ((host, port),) = asked
    assert host == "127.0.0.1"
    assert f"http://127.0.0.1:{port}/" in capsys.readouterr().err


def test_imported_boundaries_are_a_further_map(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topology = {"type": "Topology", "objects": {}, "arcs": [], "kansen": {"projection": "lonlat", "kind": "imported"}}
    (tmp_path / "boundaries").mkdir()
    (tmp_path / "boundaries/municipality.topojson").write_text(json.dumps(topology), encoding="utf-8")
    (tmp_path / "boundaries/municipality.json").write_text('{"attribution": "CBS / Kadaster"}', encoding="utf-8")
    monkeypatch.setenv("KANSEN_DATA", str(tmp_path))
    with TestClient(create_app(release, None)) as client:
        told = client.get(f"{API}/manifest").json()
        answer = client.get(f"{API}/geometry/municipality/imported", params={"v": release.id})
    assert told["boundaries"]["municipality"] == {"kind": "imported", "attribution": "CBS / Kadaster"}
    assert told["boundaries"]["wijk"]["kind"] == "schematic"
    levels = {level["id"]: level["geometry"] for level in told["levels"]}
    assert levels["municipality"] == ["schematic", "hexagon", "imported"]
    assert answer.json() == topology
    assert "immutable" not in answer.headers["cache-control"]

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.conftest import Gloss, Service, image, job, no, ok

RUNNING = job(
    "running",
    counters={"done": 3, "waiting": 7},
    progress={"done": 3, "total": 10},
    etaSeconds=3700,
)


def test_one_image_is_described_again_and_waited_for(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/images/i-1/regenerate", ok({"imageId": "i-1", "status": "queued"}, 202))
    service.on("GET", "/images/i-1", ok(image(status="processing")), ok(image()))

    result = gloss("regenerate", "i-1", "--language", "de", "--field", "title", "--force")

    assert (result.exit_code, result.stdout) == (0, "i-1  A bridge\n")
    asked = service.body("POST", "/images/i-1/regenerate")
    assert asked == {"language": "de", "fields": ["title"], "force": True}
    assert gloss.slept == [1.0]
    assert gloss.json("regenerate", "i-1")["version"] == 1


def test_one_image_need_not_be_waited_for(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/images/i-1/regenerate", ok({"status": "queued"}, 202))

    assert gloss.json("regenerate", "i-1", "--no-wait") == {"status": "queued"}


def test_a_dry_run_only_says_what_would_be(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/jobs", ok(job("estimating"), 202))
    service.on("GET", "/jobs/j-1", ok(job("estimated")))

    shown = gloss("regenerate", "--missing", "--dry-run").stdout

    for words in ("10 needed, 50 there", "2 nothing to do", "0.25 USD", "about 1 min 30 s"):
        assert words in shown
    assert service.body("POST", "/jobs") == {"selection": {"missing": []}, "regenerate": {}, "dryRun": True}
    assert gloss.json("regenerate", "--all", "--dry-run")["toProcess"] == 10


def test_a_job_asks_first_and_stops_at_what_was_agreed_to(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/jobs", ok(job("estimated"), 202), ok(RUNNING, 202))
    service.on("GET", "/jobs/j-1", ok(job()))

    result = gloss("regenerate", "--all", "--batch", "50", stdin="y\n")

    assert result.exit_code == 0
    assert "10 are described again, for 10 of 50 credits and about 0.25 USD of AI." in result.stderr
    assert b'"dryRun":true' in service.to("POST", "/jobs")[0].content
    assert service.body("POST", "/jobs") == {
        "selection": {},
        "regenerate": {},
        "window": 50,
        "maxCredits": 10,
    }


def test_a_job_that_is_not_agreed_to_does_not_begin(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/jobs", ok(job("estimated"), 202))

    for answer in ("n\n", ""):
        assert gloss("regenerate", "--all", stdin=answer).exit_code == 1

    assert all(b'"dryRun":true' in request.content for request in service.asked)


@pytest.mark.parametrize(
    ("args", "selection"),
    [
        (("--ids", "a, b,a,"), {"ids": ["a", "b"]}),
        (("--empty", "title", "--empty", "tags"), {"missing": ["title", "tags"]}),
        (("--all", "--offset", "5", "--limit", "10"), {"offset": 5, "limit": 10}),
        (("--status", "failed", "--prefix", "IMG"), {"status": "failed", "prefix": "IMG"}),
        (("--in-language", "en", "--by-provider", "openai"), {"language": "en", "provider": "openai"}),
        (("--model-other-than", "m", "--quality-below", "50"), {"modelOtherThan": "m", "qualityBelow": 50}),
        (("--query", "old bridge", "--limit", "3"), {"query": "old bridge", "limit": 3}),
        (
            ("--query", "x", "--tag", "sea", "--tag", "sand", "--color", "4682b4"),
            {"query": "x", "tags": ["sea", "sand"], "color": "4682b4"},
        ),
        (
            ("--updated-before", "2026-01-01T00:00:00Z", "--described-before", "2026-02-01T00:00:00Z"),
            {"updatedBefore": "2026-01-01T00:00:00Z", "describedBefore": "2026-02-01T00:00:00Z"},
        ),
        (("--prompt-version-below", "4"), {"promptVersionBelow": 4}),
        (("--source", "url", "--folder", "/a"), {"source": "url", "folder": "/a"}),
        (
            ("--created-from", "2026-01-01T00:00:00Z", "--created-before", "2026-02-01T00:00:00Z"),
            {"createdFrom": "2026-01-01T00:00:00Z", "createdBefore": "2026-02-01T00:00:00Z"},
        ),
    ],
)
def test_conditions_become_a_selection(
    gloss: Gloss, service: Service, args: tuple[str, ...], selection: dict[str, Any]
) -> None:
    service.on("POST", "/jobs", ok(job("estimated"), 202), ok(RUNNING, 202))

    assert gloss.json("regenerate", *args, "--yes", "--no-wait")["id"] == "j-1"

    assert service.body("POST", "/jobs") == {"selection": selection, "regenerate": {}, "maxCredits": 10}


def test_yes_does_not_ask_and_is_held_to_the_estimate_all_the_same(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/jobs", ok(job("estimated"), 202), ok(RUNNING, 202))

    result = gloss("regenerate", "--all", "--yes", "--no-wait")

    assert result.exit_code == 0
    assert "10 are described again, for 10 of 50 credits" in result.stderr
    assert "Begin?" not in result.output
    assert [b'"dryRun":true' in request.content for request in service.asked] == [True, False]
    assert service.body("POST", "/jobs")["maxCredits"] == 10


@pytest.mark.parametrize(
    ("estimate", "words", "pin"),
    [
        ({"creditsNeeded": 0, "costUsd": 0.0294}, "about 0.03 USD", {"maxCostUsd": 0.029401}),
        ({"costUsd": None}, "and an AI cost that is not known.", {"maxCredits": 10}),
        ({"costUsd": 0.0}, "10 of 50 credits.", {"maxCredits": 10}),
        ({"creditsNeeded": 0, "costUsd": None}, "not known", {}),
    ],
)
def test_what_is_agreed_to_is_named_and_pinned(
    gloss: Gloss, service: Service, estimate: dict[str, Any], words: str, pin: dict[str, Any]
) -> None:
    shown = job("estimated")
    shown["estimate"] |= estimate
    service.on("POST", "/jobs", ok(shown, 202), ok(RUNNING, 202))

    assert words in gloss("regenerate", "--all", "--no-wait", stdin="y\n").stderr

    assert service.body("POST", "/jobs") == {"selection": {}, "regenerate": {}, **pin}


def test_where_nothing_is_to_be_done_nothing_begins(gloss: Gloss, service: Service) -> None:
    nothing = job("estimated")
    nothing["estimate"] |= {"matched": 2, "toProcess": 0, "creditsNeeded": 0}
    service.on("POST", "/jobs", ok(nothing, 202))

    result = gloss("regenerate", "--all", "--yes")

    assert (result.exit_code, len(service.asked)) == (0, 1)
    assert "2 nothing to do" in result.stdout


def test_how_to_describe_and_where_to_stop_go_with_the_job(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/jobs", ok(job("estimated"), 202), ok(RUNNING, 202))
    how = ("--provider", "openai", "--model", "m", "--policy", "if_better")
    stops = ("--max-credits", "5", "--max-cost-usd", "1.5", "--auto-resume")

    gloss("regenerate", "--all", "--yes", "--no-wait", *how, *stops)

    assert service.body("POST", "/jobs") == {
        "selection": {},
        "regenerate": {"provider": "openai", "model": "m", "policy": "if_better"},
        "maxCredits": 5,
        "maxCostUsd": 1.5,
        "autoResume": True,
    }


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--limit", "5"),
        ("i-1", "--all"),
        ("i-1", "--dry-run"),
        ("i-1", "--batch", "2"),
        ("--all", "--missing"),
    ],
)
def test_which_images_has_to_be_clear(gloss: Gloss, args: tuple[str, ...]) -> None:
    assert gloss("regenerate", *args).exit_code == 2


@pytest.mark.parametrize(
    ("end", "code", "word"),
    [
        (job(), 0, "10 done"),
        (job("undone", undone=8, kept=2), 0, "8, 2 left as they are"),
        (job("quota_exhausted", stopped=None), 4, "gloss jobs resume j-1"),
        (job("quota_exhausted", autoResume=True), 4, "goes on by itself"),
        (job("paused"), 1, "gloss jobs resume j-1"),
        (job("cancelled"), 1, "cancelled"),
        (job(stopped="max_credits"), 0, "max_credits"),
        (job(counters={"done": 8, "failed": 2}), 7, "gloss jobs retry j-1"),
    ],
)
def test_watching_ends_as_the_job_did(
    gloss: Gloss, service: Service, end: dict[str, Any], code: int, word: str
) -> None:
    service.on("GET", "/jobs/j-1", ok(RUNNING), ok(RUNNING), ok(end))

    result = gloss("jobs", "watch", "j-1")

    assert result.exit_code == code
    assert word in result.output
    assert len(gloss.slept) == 2


def test_leaving_a_job_says_how_to_come_back(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/jobs/j-1", ok(RUNNING))

    def leave(_: float) -> None:
        raise KeyboardInterrupt

    gloss.world = type(gloss.world)(gloss.world.folder, gloss.world.transport, leave, gloss.world.now)

    result = gloss("jobs", "watch", "j-1")

    assert result.exit_code == 130
    assert "gloss jobs watch j-1" in result.stderr
    assert [request.method for request in service.asked] == ["GET"]


def test_the_bar_shows_what_the_job_is_at(
    gloss: Gloss, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking back begins at nothing, although all images are done."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "100")
    done = {"done": 4, "total": 10}
    service.on("GET", "/jobs/j-1", ok(RUNNING), ok(RUNNING), ok(job("undoing", progress=done)))
    pauses = iter([None, None])

    def leave_at_the_third(_: float) -> None:
        if next(pauses, "leave"):
            raise KeyboardInterrupt

    gloss.world = replace(gloss.world, sleep=leave_at_the_third)

    result = gloss("jobs", "watch", "j-1")

    assert result.exit_code == 130
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", result.stderr)
    assert re.search(r"undoing ━+╺━+ +4/10 [0-9.]+/s ", shown)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("gloss jo", {"jobs"}),
        ("gloss jobs re", {"resume", "retry", "report"}),
        ("gloss regenerate --des", {"--described-before"}),
    ],
)
def test_the_shell_completes_commands_and_options(gloss: Gloss, typed: str, offered: set[str]) -> None:
    words = len(typed.split()) - 1
    env = {"_GLOSS_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(words)}

    result = gloss(env=env)

    assert set(result.stdout.split()) == offered


def test_jobs_are_listed_and_shown(gloss: Gloss, service: Service) -> None:
    service.on("GET", "/jobs", ok({"jobs": [RUNNING], "next": None}))
    service.on("GET", "/jobs/j-1", ok(RUNNING))

    assert [found["status"] for found in gloss.json("jobs", "list")] == ["running"]
    assert "running" in gloss("jobs", "list").stdout
    shown = gloss("jobs", "show", "j-1").stdout
    assert "1 h 1 min 40 s" in shown
    assert "2 nothing to do" in shown


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("pause", "pause"),
        ("resume", "resume"),
        ("cancel", "cancel"),
        ("retry", "retry-failed"),
        ("undo", "undo"),
    ],
)
def test_a_wish_is_passed_on(gloss: Gloss, service: Service, command: str, word: str) -> None:
    service.on("POST", f"/jobs/j-1/{word}", ok(job("running")))

    assert gloss.json("jobs", command, "j-1")["id"] == "j-1"
    assert "idempotency-key" in service.asked[0].headers


def test_a_wish_that_comes_too_late_is_a_conflict(gloss: Gloss, service: Service) -> None:
    service.on("POST", "/jobs/j-1/pause", no(409, "CONFLICT", "The job has ended."))

    assert gloss("jobs", "pause", "j-1").exit_code == 6


def test_a_report_goes_to_the_output_or_into_a_new_file(
    gloss: Gloss, service: Service, tmp_path: Path
) -> None:
    table = "image_id,outcome\r\ni-1,done\r\n"
    service.on("GET", "/jobs/j-1/report.csv", httpx.Response(200, text=table))

    assert gloss("jobs", "report", "j-1").stdout_bytes.decode() == table
    assert gloss("jobs", "report", "j-1", "--to", "r.csv").exit_code == 0
    assert (tmp_path / "r.csv").read_bytes().decode() == table
    assert gloss("jobs", "report", "j-1", "--to", "r.csv").exit_code == 1

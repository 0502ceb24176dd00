"""Repair and Tautulli as Decypharr documents them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qbitproxy.core.findings import Finding, Left, Mended, Stuck
from qbitproxy.core.library_files import LibraryFile
from qbitproxy.core.repair import Event, HeldBack, Looked, Passed, RepairJob, Scope, Tally, Waits
from qbitproxy.core.repair import Mended as AllMended
from qbitproxy.core.torrent import Remote
from qbitproxy.core.verdict import Broken, Doubt, Rot, Unknown
from tests.web.stand import Stand, a_stand, ask

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with a_stand(tmp_path) as stand:
        yield stand


def findings(job: RepairJob) -> list[Finding]:
    treatments = [Stuck("no service has it"), Mended("again"), Left("a person may look")]
    return [
        Finding(
            job=job.id,
            file=LibraryFile(
                arr="sonarr",
                id=number,
                media_id=7,
                parts=(70 + number,),
                season=1,
                path=f"/tv/Show/{number}.mkv",
                ours=f"/tv/Show/{number}.mkv",
                size=1000,
                title="Show",
            ),
            verdict=Unknown(Doubt.SERVICE) if isinstance(treatment, Left) else Broken(Rot.ITEM_GONE),
            found_at=AT,
            remote=Remote("realdebrid", "ID"),
            target="/mnt/rd/Show/1.mkv",
            details=("it is gone",),
            treatment=treatment,
        )
        for number, treatment in enumerate(treatments, start=1)
    ]


async def a_job(stand: Stand, *events: Event) -> RepairJob:
    """A job that has looked at everything, after `events`."""
    job = await stand.repairs.ask(Scope(("sonarr",)))
    looked = Looked(arr="sonarr", after="", tally=Tally(files=5, healthy=2, broken=2, unknown=1))
    await stand.repairs.record(job.id, looked, findings(job))
    for event in events:
        await stand.repairs.record(job.id, event)
    return stand.repairs.get(job.id)


PENDING = Passed(), AllMended(1)


async def test_asynchronous_repair_answers_with_its_job(stand: Stand) -> None:
    body = {"arr": "sonarr", "autoProcess": True, "async": True}

    status, said = await ask(stand, "POST", "/api/repair", body)

    [job] = stand.repairs.all()
    assert (status, said["message"], said["job_id"]) == (200, "Repair process started", job.id)
    assert (said["id"], said["status"]) == (job.id, "started")
    assert (job.scope, job.auto, job.dry_run) == (Scope(("sonarr",)), True, False)


@pytest.mark.parametrize("body", [{}, {"arrName": "sonarr", "mediaIds": None}, {"dryRun": True}])
async def test_synchronous_repair_answers_once_the_job_is_done(stand: Stand, body: dict[str, Any]) -> None:
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(ask(stand, "POST", "/api/repair", body))
        while not stand.repairs.all():
            await asyncio.to_thread(lambda: None)
        [job] = stand.repairs.all()
        await stand.repairs.record(job.id, Looked(arr="sonarr", after="", tally=Tally(files=1, healthy=1)))
        assert not asked.done()
        await stand.repairs.record(job.id, Passed())

    status, said = asked.result()
    assert (status, said["id"], said["status"]) == (200, job.id, "completed")
    assert (said["files"], said["broken_items"], said["error"]) == (1, None, "")


async def test_repair_of_what_is_being_repaired_is_refused_with_the_job(stand: Stand) -> None:
    job = await stand.repairs.ask(Scope(("sonarr",)))

    status, said = await ask(stand, "POST", "/api/repair", {"arr": "sonarr"})

    assert (status, said) == (409, {"error": "job already running", "status": 409, "detail": job.id})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"arr": "nobody"}, 404),
        ({"arrName": "nobody"}, 404),
        ({"arr": "sonarr", "arrName": "radarr"}, 400),
        ({"arrname": "sonarr"}, 400),
        ({"mediaIds": [1]}, 400),
        ({"mediaIds": ["tt1"]}, 400),
        ([], 400),
    ],
)
async def test_repair_of_what_is_not_there_is_refused(stand: Stand, body: Any, status: int) -> None:
    assert (await ask(stand, "POST", "/api/repair", body))[0] == status
    assert stand.repairs.all() == []


async def test_jobs_show_what_is_broken_in_the_words_of_decypharr(stand: Stand) -> None:
    job = await a_job(stand, *PENDING)

    status, [said] = await ask(stand, "GET", "/api/repair/jobs")

    assert (status, said["id"], said["status"]) == (200, job.id, "pending")
    assert said["broken_items"] == {
        "sonarr": [
            {
                "name": "Show",
                "path": f"/tv/Show/{number}.mkv",
                "id": 7,
                "showId": 70 + number,
                "fileId": number,
                "targetPath": "1.mkv",
                "isSymlink": True,
                "isBroken": number == 1,
                "seasonNumber": 1,
                "processed": number == 2,
                "size": 1000,
            }
            for number in (1, 2)
        ]
    }
    assert said["finished_at"] == said["failed_at"] == "0001-01-01T00:00:00Z"


async def test_a_job_shows_its_findings_page_by_page(stand: Stand) -> None:
    job = await a_job(stand, *PENDING)

    status, said = await ask(stand, "GET", f"/api/repair/jobs/{job.id}?limit=2")
    assert status == 200
    assert [found["treatment"] for found in said["findings"]] == ["stuck", "mended"]
    assert said["findings"][0]["outcome"] == "no service has it"

    _, rest = await ask(stand, "GET", f"/api/repair/jobs/{job.id}?after={said['after']}&limit=2")
    assert [(found["verdict"], found["why"]) for found in rest["findings"]] == [("unknown", "service")]
    assert rest["after"] == 0


async def test_a_held_job_says_why_and_looks_again_with_a_persons_word(stand: Stand) -> None:
    job = await a_job(stand, HeldBack(("too much",)))
    _, said = await ask(stand, "GET", f"/api/repair/jobs/{job.id}")
    assert (said["job"]["status"], said["job"]["error"]) == ("held", "too much")

    assert await ask(stand, "POST", f"/api/repair/jobs/{job.id}/process") == (200, None)

    _, said = await ask(stand, "GET", f"/api/repair/jobs/{job.id}")
    assert (said["job"]["status"], said["findings"]) == ("started", [])


async def test_a_pending_job_is_processed_once(stand: Stand) -> None:
    job = await a_job(stand, *PENDING)

    assert await ask(stand, "POST", f"/api/repair/jobs/{job.id}/process") == (200, None)
    status, said = await ask(stand, "POST", f"/api/repair/jobs/{job.id}/process")

    assert (status, said["error"]) == (409, "the job is processing, neither pending nor held")


async def test_a_job_is_not_processed_while_another_looks_at_the_same(stand: Stand) -> None:
    job = await a_job(stand, *PENDING)
    running = await stand.repairs.ask(Scope(("sonarr",)))

    status, said = await ask(stand, "POST", f"/api/repair/jobs/{job.id}/process")

    assert (status, said["detail"]) == (409, running.id)


async def test_a_stopped_job_is_cancelled(stand: Stand) -> None:
    job = await a_job(stand, Passed(), Waits(AT, "not yet"))
    _, said = await ask(stand, "GET", f"/api/repair/jobs/{job.id}")
    assert said["job"]["waits"] == "not yet"

    assert await ask(stand, "POST", f"/api/repair/jobs/{job.id}/stop") == (200, None)
    status, _ = await ask(stand, "POST", f"/api/repair/jobs/{job.id}/stop")

    assert status == 409
    _, [said] = await ask(stand, "GET", "/api/repair/jobs")
    assert (said["status"], said["error"]) == ("cancelled", "Job was cancelled by user")


async def test_jobs_that_are_over_can_be_forgotten(stand: Stand) -> None:
    done, running = await a_job(stand, Passed(), AllMended(0)), await stand.repairs.ask(Scope(("radarr",)))

    assert await ask(stand, "DELETE", "/api/repair/jobs", {"ids": [done.id, running.id, "x"]}) == (200, None)

    assert [job.id for job in stand.repairs.all()] == [running.id]
    assert (await ask(stand, "DELETE", "/api/repair/jobs", {"ids": []}))[0] == 400


@pytest.mark.parametrize(("method", "path"), [("GET", "x"), ("POST", "x/process"), ("POST", "x/stop")])
async def test_there_is_no_such_job(stand: Stand, method: str, path: str) -> None:
    status, said = await ask(stand, method, f"/api/repair/jobs/{path}")

    assert (status, said["error"]) == (404, "there is no repair job x")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"topic": "plex", "tmdb_id": "603"}, "the request does not fit"),
        ({"tmdb_id": "603"}, "the request does not fit"),
        ({"topic": "tautulli"}, "Invalid ID"),
        ({"topic": "tautulli", "tmdb_id": "x", "tvdb_id": ""}, "Invalid ID"),
        ({"topic": "tautulli", "colour": "red"}, "the request does not fit"),
    ],
)
async def test_webhook_that_is_not_tautullis_is_refused(stand: Stand, body: Any, said: str) -> None:
    status, problem = await ask(stand, "POST", "/webhooks/tautulli", body)

    assert (status, problem["error"]) == (400, said)


async def test_tautulli_has_to_say_who_it_is(stand: Stand) -> None:
    answer = await stand.client.post("/webhooks/tautulli", json={"topic": "tautulli", "tmdb_id": "603"})

    assert answer.status == 401
    assert (await answer.json())["status"] == 401

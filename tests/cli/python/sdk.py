"""Drives the official SDK as told by the command line and prints what it saw as one line of JSON."""

import json
import os
import sys
from datetime import datetime, timedelta, timezone

import getimg
from getimg import AsyncGetimgAI, GetimgAI

BASE = os.environ["TESSERA_URL"]
REQUEST = {"model": "seedream-4-5", "prompt": "a red apple", "output_format": "png"}


def client(**options):
    return GetimgAI(base_url=BASE, api_key="sk_python", **options)


def generate():
    raw = client().images.with_raw_response.generate(**REQUEST, extra_body={"seed": 7, "steps": 1})
    answer = raw.parse()
    return {
        "version": getimg.__version__,
        "answer": json.loads(answer.to_json()),
        "deletes_at": answer.data[0].deletes_at.isoformat(),
        "seed": getattr(answer, "seed", None),
        "limit": raw.headers.get("x-ratelimit-limit"),
    }


def models():
    listed = client().models.list(type="image")
    return {
        "ids": [model.id for model in listed],
        "videos": [model.id for model in client().models.list(type="video")],
        "one": json.loads(client().models.retrieve("seedream-4-5").to_json()),
    }


def billing():
    now = datetime.now(timezone.utc)
    span = {"start": now - timedelta(days=1), "end": now + timedelta(days=1)}
    return {
        "balance": json.loads(client().billing.retrieve_balance().to_json()),
        "costs": json.loads(client().billing.list_costs(**span).to_json()),
    }


def errors():
    def seen(**request):
        try:
            client(max_retries=0).images.generate(**{**REQUEST, **request})
        except getimg.APIStatusError as error:
            return {"class": type(error).__name__, "status": error.status_code, "error": error.body["error"]}

    return [
        seen(model="no-such-model"),
        seen(prompt=""),
        seen(aspect_ratio="5:1"),
        seen(resolution="1K"),
        seen(output_format="gif"),
        seen(images=[{"url": "https://127.0.0.1/a.png"}], model="pocket"),
    ]


def impatient():
    """A job longer than the client waits: each retry must find the same job."""
    raw = client(timeout=float(sys.argv[2]), max_retries=8).images.with_raw_response.generate(
        **REQUEST, extra_body={"n": 2, "seed": 11}
    )
    return {"id": raw.parse().id, "retries": raw.retries_taken, "images": len(raw.parse().data)}


async def in_parallel():
    import asyncio

    async with AsyncGetimgAI(base_url=BASE, api_key="sk_python") as client:
        jobs = [
            client.images.generate(model="pocket", prompt=f"apple {index}", extra_body={"steps": 1, "seed": index})
            for index in range(8)
        ]
        return {"seeds": [answer.seed for answer in await asyncio.gather(*jobs)]}


def parallel():
    import asyncio

    return asyncio.run(in_parallel())


print(json.dumps(globals()[sys.argv[1]]()))

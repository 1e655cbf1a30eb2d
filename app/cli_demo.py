"""``jinban demo``: the real city with live queues, everything embedded, until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from kernel.clock import SystemClock
from sim.seed import DemoCity, prepare_demo

say = Console()

FOLDER = Path("build/demo")
READY_WITHIN_S = 120.0
ENDS_WITHIN_S = 10.0  # the API sees to its end what it has accepted


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8000,
    speed: Annotated[float, typer.Option(min=0.1, help="How many demo seconds pass in a real one.")] = 1.0,
    citizens: Annotated[bool, typer.Option(help="Let simulated citizens and clerks come.")] = True,
) -> None:
    """Seed the city, start everything, print the pages to open. Ctrl-C ends all of it."""
    _refuse_busy_port(port)
    with Progress(console=say, transient=True) as progress:
        bars: dict[str, object] = {}

        def show(what: str, done: float) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=1.0)
            progress.update(bars[what], completed=done)  # type: ignore[arg-type]

        city = prepare_demo(FOLDER, today=SystemClock().now().date(), migrate=_migrate, progress=show)
    say.print(f"{'Seeded' if city.seeded else 'Ready'}: {city.volume}")
    origin = time.time()
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.append(_start_api(city, port, speed, origin))
        _wait_until_ready(port, running[0])
        if citizens:
            running.append(_start_driver(city, port, speed, origin))
        _print_pages(city, port, speed)
        _watch(running)
    except KeyboardInterrupt:
        say.print("\nEnding …")
    finally:
        _end(running)
    say.print("Everything that was started has ended.")


def _migrate(path: Path) -> None:
    from app.migrate import migrate  # noqa: PLC0415 - Alembic and all tables, for a first start only
    from kernel.database import Database  # noqa: PLC0415

    database = Database(f"sqlite:///{path}", pool_size=1)
    migrate(database)
    database.close()


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            say.print(f"[red]Port {port} is in use[/] by another program, perhaps an earlier demo.")
            say.print(f"Take another one:  make demo DEMO='--port {port + 10}'")
            raise typer.Exit(1) from None


def _environment(city: DemoCity, port: int, speed: float, origin: float) -> dict[str, str]:
    keys = json.loads(city.keys_path.read_text())
    return os.environ | {
        "JINBAN_DATABASE_URL": f"sqlite:///{city.database_path}",
        "JINBAN_FIELD_KEYS": json.dumps(keys["field_keys"]),
        "JINBAN_TOKEN_KEY": keys["token_key"],
        "JINBAN_SECURE_COOKIES": "false",
        # Faster, all the simulated citizens who book are a burst from one address, and solve no puzzles.
        "JINBAN_PUZZLES": "true" if speed <= 1 else "false",
        "JINBAN_MODEL_DIR": str(city.models_path),
        "JINBAN_LOG_LEVEL": "WARNING",
        "JINBAN_LICENCES__KIND": "stand_in",
        "JINBAN_MESSAGES__KIND": "stand_in",
        "JINBAN_MESSAGES__ORIGIN": f"http://127.0.0.1:{port}",
        "JINBAN_DEMO__START": city.start.astimezone(UTC).isoformat(),
        "JINBAN_DEMO__ORIGIN": repr(origin),
        "JINBAN_DEMO__SPEED": repr(speed),
    }


def _start_api(city: DemoCity, port: int, speed: float, origin: float) -> subprocess.Popen[bytes]:
    return _spawn(
        ["-m", "app.serve", "--port", str(port), "--with-parent"], _environment(city, port, speed, origin)
    )


def _start_driver(city: DemoCity, port: int, speed: float, origin: float) -> subprocess.Popen[bytes]:
    options = {
        "--base-url": f"http://127.0.0.1:{port}",
        "--tokens": str(city.tokens_path),
        "--start": city.start.astimezone(UTC).isoformat(),
        "--origin": repr(origin),
        "--speed": repr(speed),
    }
    words = [word for option in options.items() for word in option]
    return _spawn(["-m", "sim.live", *words], dict(os.environ))


def _spawn(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own, so Ctrl-C reaches only us and we end the others in order; the pipe to
    # standard input closes even if we are killed, and then they end by themselves.
    return subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdin=subprocess.PIPE, start_new_session=True
    )


def _wait_until_ready(port: int, api: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if api.poll() is not None:
            say.print("[red]The API ended while starting; its message stands above.[/]")
            raise typer.Exit(1)
        if _ready(port):
            return
        time.sleep(0.1)
    say.print(f"[red]The API did not answer within {READY_WITHIN_S:.0f} seconds.[/]")
    raise typer.Exit(1)


def _ready(port: int) -> bool:
    asked = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        asked.request("GET", "/readyz")
        return asked.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()


def _print_pages(city: DemoCity, port: int, speed: float) -> None:
    local = city.start.strftime("%Y-%m-%d %H:%M")
    pace = "in real time" if speed == 1 else f"{speed:g} times as fast as real time"
    say.print(f"\n[bold]Jinban 近办[/] — demo clock started at {local}, running {pace}\n")
    width = max(len(name) for name, _ in city.pages)
    for name, path in city.pages:
        say.print(f"  {name:<{width}}  http://127.0.0.1:{port}{path}", highlight=False, soft_wrap=True)
    faster = f"Faster:  make demo DEMO='--port {port} --speed 20'      " if speed == 1 else ""
    say.print(f"\n{faster}End:  Ctrl-C\n", highlight=False)


def _watch(running: list[subprocess.Popen[bytes]]) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    while True:
        for process in running:
            if process.poll() is not None:
                say.print(
                    f"[red]A process ended by itself (exit code {process.returncode}):[/] {process.args!r}"
                )
                return
        time.sleep(0.5)


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(running):
        if process.stdin is not None:
            process.stdin.close()
        process.terminate()
    for process in running:
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

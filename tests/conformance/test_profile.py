"""A target's profile: what it may say, and what is said when it says something else."""

import traceback
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.cli.template import PROFILE
from btcdirect_conformance.profile import ExpectedDeviation, Limits, Profile, ProfileError

CANARY = "canary-ePh8Zq3xW7vKt5"
MINIMAL = 'base_url = "https://api.example"\n'


def problems(text: str, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    """What is wrong with a profile."""
    with pytest.raises(ProfileError) as caught:
        profiles.parse(text, environ or {})
    return caught.value.problems


def test_everything() -> None:
    """Every key of the documented profile arrives."""
    profile = profiles.parse(
        """
        base_url = "https://api.example/"
        [credentials]
        api_key = "${KEY}"
        client_token = "a${PART}c"
        expired_client_token = "old"
        user_token = "user"
        other_user_token = "other"
        [orders]
        owned = "480213"
        foreign = "480377"
        unknown = "99120045"
        [limits]
        requests_per_second = 5
        max_requests = 500
        timeout_seconds = 2.5
        [[expected_deviations]]
        case = "order.foreign"
        reason = "ticket 12"
        expires = 2030-12-31
        """,
        {"KEY": "key", "PART": "b"},
    )
    assert profile.base_url == "https://api.example"
    assert dict(profile.secrets) == {
        "api_key": "key",
        "client_token": "abc",
        "expired_client_token": "old",
        "user_token": "user",
        "other_user_token": "other",
    }
    fixtures = profile.fixtures
    assert (fixtures.owned, fixtures.foreign, fixtures.unknown) == ("480213", "480377", "99120045")
    assert profile.limits == Limits(5, 500, 2.5)
    assert profile.expected_deviations == (ExpectedDeviation("order.foreign", "ticket 12", date(2030, 12, 31)),)


def test_only_the_base_url() -> None:
    """Everything but the base URL may be left out."""
    profile = profiles.parse(MINIMAL, {})
    assert profile.secrets == {}
    assert profile.fixtures.missing(("orders.owned",)) == ("orders.owned",)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:1", "[::1]:99"])
def test_own_machine_has_no_pace(host: str) -> None:
    """A target on this machine is asked as fast as it answers, any other politely, unless the profile says so."""
    assert profiles.parse(f'base_url = "http://{host}"', {}).limits.requests_per_second is None
    assert profiles.parse(MINIMAL, {}).limits.requests_per_second == profiles.POLITE_RATE
    paced = f'base_url = "http://{host}"\n[limits]\nrequests_per_second = 3'
    assert profiles.parse(paced, {}).limits.requests_per_second == 3


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:1", "[::1]:99"])
def test_secrets_in_urls(host: str) -> None:
    """Logs on this machine are the user's own; elsewhere, or where the profile says so, no URL holds a secret."""
    said = "[limits]\nsecrets_in_urls = "
    assert profiles.parse(f'base_url = "http://{host}"', {}).fixtures.secrets_in_urls is True
    assert profiles.parse(f'base_url = "http://{host}"\n{said}false', {}).fixtures.secrets_in_urls is False
    assert profiles.parse(MINIMAL, {}).fixtures.secrets_in_urls is False
    assert profiles.parse(f"{MINIMAL}{said}true", {}).fixtures.secrets_in_urls is True


def test_problems_come_in_the_order_of_the_file() -> None:
    """Whoever mends a profile reads it from its beginning."""
    names = [f"k{number}" for number in range(20)]
    found = problems("\n".join([*(f"{name} = 1" for name in names), MINIMAL]))
    assert [problem.partition(" ")[0] for problem in found] == names


def test_variable_not_set() -> None:
    """An unset variable is named together with the key that wants it, an empty one too."""
    text = MINIMAL + '[credentials]\napi_key = "${NO_KEY}"\nuser_token = "${EMPTY}"'
    assert problems(text, {"EMPTY": ""}) == (
        "credentials.api_key: the environment variable NO_KEY is not set",
        "credentials.user_token: the environment variable EMPTY is empty",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('base_ur = "https://a"', "base_ur is unknown: did you mean base_url?"),
        (MINIMAL + '[credentials]\napi_ky = "a"', "credentials.api_ky is unknown: did you mean api_key?"),
        (MINIMAL + '[orders]\nowner = "1"', "orders.owner is unknown: did you mean owned?"),
        (
            MINIMAL + "[limits]\nburst = 1",
            "limits.burst is unknown: there is requests_per_second, max_requests, timeout_seconds, secrets_in_urls",
        ),
        (MINIMAL + "[orders]\nowned = 480213", "orders.owned: expected text in quotes, not a number"),
        (MINIMAL + "[orders]\nowned = '12a'", 'orders.owned: expected digits, as in "480213"'),
        (MINIMAL + "[orders]\nowned = '٣'", 'orders.owned: expected digits, as in "480213"'),
        (MINIMAL + f"[orders]\nowned = '{'9' * 101}'", "orders.owned: expected at most 100 digits"),
        (
            MINIMAL + "[orders]\nowned = '0123'\nforeign = '123'",
            "orders.owned and orders.foreign are the same; they have to differ",
        ),
        ("api_key = 'a'", "api_key belongs in [credentials]"),
        ("owned = '1'", "owned belongs in [orders]"),
        (
            MINIMAL + "[credentials]\napi_key = '$API_KEY'",
            "credentials.api_key: a variable of the environment is written ${NAME}, with braces",
        ),
        (MINIMAL + "[credentials]\napi_key = '${API_KEY'", "credentials.api_key: ${ without its }"),
        (MINIMAL + "[credentials]\napi_key = '${}'", "credentials.api_key: ${} names no environment variable"),
        (
            MINIMAL + "[credentials]\nuser_token = 'Bearer abc'",
            "credentials.user_token: leave out Bearer, the suite adds it",
        ),
        (MINIMAL + "[credentials]\napi_key = true", "credentials.api_key: expected text in quotes, not true or false"),
        (MINIMAL + "[credentials]\napi_key = ''", "credentials.api_key: is empty; leave out what you don't have"),
        (MINIMAL + "credentials = 1", "credentials: expected a table [credentials], not a number"),
        (MINIMAL + "[limits]\nmax_requests = 1.5", "limits.max_requests: expected a whole number, not a number"),
        (
            MINIMAL + "[limits]\nmax_requests = 0",
            "limits.max_requests: expected a whole number from 1 to 1000000000, not 0",
        ),
        (MINIMAL + "[limits]\ntimeout_seconds = '5'", "limits.timeout_seconds: expected a number, not text"),
        (
            MINIMAL + "[limits]\ntimeout_seconds = inf",
            "limits.timeout_seconds: expected a number from 0.001 to 86400, not inf",
        ),
        (
            MINIMAL + "[limits]\nrequests_per_second = 1e-320",
            "limits.requests_per_second: expected a number from 0.001 to 100000, not 1e-320",
        ),
        (
            MINIMAL + f"[limits]\nmax_requests = {'9' * 400}",
            f"limits.max_requests: expected a whole number from 1 to 1000000000, not {'9' * 20}…",
        ),
        (
            MINIMAL + f"[limits]\nmax_requests = {'9' * 5000}",
            "is no TOML: a number is too long, or brackets are nested too deeply",
        ),
        (MINIMAL + f"a = {'[' * 5000}", "is no TOML: a number is too long, or brackets are nested too deeply"),
        (MINIMAL + "[limits]\nsecrets_in_urls = 1", "limits.secrets_in_urls: expected true or false, not a number"),
        (MINIMAL + "[limits]\ntimeout_seconds = true", "limits.timeout_seconds: expected a number, not true or false"),
        ("", 'base_url is missing: write base_url = "https://…"'),
        ('base_url = "api.example"', 'base_url: expected a URL such as "https://api-sandbox.btcdirect.eu"'),
        ('base_url = "https://a..b"', "base_url: its host can be no host's name"),
        (f'base_url = "https://{"a" * 64}.example"', "base_url: its host can be no host's name"),
        ('base_url = "https://bücher.example"', "base_url: write a host of other letters in its xn-- form"),
        ('base_url = "https://a/api/v2/"', "base_url: leave out /api/v2 and what follows, the suite adds it"),
        ('base_url = "https://a/api/v2/buy/1"', "base_url: leave out /api/v2 and what follows, the suite adds it"),
        ('base_url = "https://a:0"', 'base_url: expected a URL such as "https://api-sandbox.btcdirect.eu"'),
        ('base_url = "https://[::1"', "base_url: is no URL"),
        ('base_url = "ftp://api.example"', 'base_url: expected a URL such as "https://api-sandbox.btcdirect.eu"'),
        ('base_url = "https://a:b"', "base_url: is no URL"),
        (
            'base_url = "https://a/?b"',
            "base_url: expected scheme, host and at most a path, without blanks, query or fragment",
        ),
        (
            MINIMAL + "expected_deviations = 1",
            "expected_deviations: expected tables, each begins with [[expected_deviations]]",
        ),
        (
            MINIMAL + "[[expected_deviations]]\ncase = 'a'\nreason = 'b'\nexpires = '2030-01-01'",
            "expected_deviations[1].expires: expected a date without quotes, as in expires = 2030-12-31",
        ),
        (MINIMAL + "[[expected_deviations]]\ncase = 'a'\nreason = 'b'", "expected_deviations[1].expires is missing"),
        (
            MINIMAL + "[orders]\nowned = '1'\nforeign = '1'",
            "orders.owned and orders.foreign are the same; they have to differ",
        ),
    ],
)
def test_problem(text: str, problem: str) -> None:
    """Each mistake is said in a line that names the key and what belongs there."""
    assert problem in problems(text)


def test_all_problems_at_once() -> None:
    """Nobody mends one mistake to be told of the next."""
    assert len(problems("[orders]\nowned = 1\n[limits]\nmax_requests = 0\n[credentials]\nkey = 'a'")) == 4


def test_no_toml() -> None:
    """What is no TOML is said with its place."""
    (problem,) = problems("base_url = \n")
    assert problem.startswith("is no TOML: ")
    assert "line 1" in problem


def test_no_file(tmp_path: Path) -> None:
    """A missing file is named, and so is the command that writes one."""
    with pytest.raises(ProfileError, match=r"staging\.toml: cannot be read: No such file.*init"):
        profiles.load(tmp_path / "staging.toml", {})


def test_byte_order_mark(tmp_path: Path) -> None:
    """A file that a Windows editor has saved is read."""
    (tmp_path / "a.toml").write_text(MINIMAL, "utf-8-sig")
    assert profiles.load(tmp_path / "a.toml", {}) == profiles.parse(MINIMAL, {})


def test_no_text(tmp_path: Path) -> None:
    """A file that is no text is no traceback."""
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match="UTF-8"):
        profiles.load(tmp_path / "a.toml", {})


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL + '[credentials]\napi_key = "${SECRET} "',
        MINIMAL + '[credentials]\napi_key = "${SECRET}"\nuser_token = "${SECRET}"',
        MINIMAL + '[orders]\nowned = "${SECRET}"',
        MINIMAL + f'[credentials]\napi_key = "{CANARY}',
        MINIMAL + f'[credentials]\napi_key = ["{CANARY}"]',
        f'base_url = "https://user:{CANARY}@api.example"',
    ],
)
def test_no_secret_in_a_problem(text: str) -> None:
    """No problem shows a secret, whatever is wrong with it, nor does the exception's cause."""
    with pytest.raises(ProfileError) as caught:
        profiles.parse(text, {"SECRET": CANARY})
    shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
    assert CANARY not in shown


@pytest.mark.parametrize(
    "content",
    [None, b"\xff", f"a = '{CANARY}".encode(), b"[orders]", f"[credentials]\napi_key = '{CANARY} '".encode()],
    ids=["no file", "no text", "no TOML", "no URL", "no secret"],
)
def test_no_secret_in_a_frame(content: bytes | None, tmp_path: Path) -> None:
    """What prints the variables of the frames that an error passes, as pytest -l, finds no environment and no file."""
    file = tmp_path / "a.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ProfileError) as caught:
        profiles.load(file, {"NAME": CANARY})
    assert caught.value.__context__ is None
    frames = [frame for frame, _ in traceback.walk_tb(caught.tb)][1:]
    assert frames
    assert CANARY not in repr([frame.f_locals for frame in frames])


def test_no_secret_in_a_repr() -> None:
    """A profile shows no secret of its own."""
    profile = profiles.parse(
        MINIMAL + f'[credentials]\napi_key = "{CANARY}"\nexpired_client_token = "old-{CANARY}"', {}
    )
    assert CANARY not in repr(profile)
    assert CANARY not in f"{profile} {profile.fixtures}"


def test_written_profile_loads() -> None:
    """The profile that init writes loads once its variables are set."""
    profile = profiles.parse(PROFILE, {"BTCDIRECT_API_KEY": "a", "BTCDIRECT_USER_TOKEN": "b"})
    assert profile.base_url == "https://api-sandbox.btcdirect.eu"
    assert set(profile.secrets) == {"api_key", "user_token"}


def test_written_profile_in_full() -> None:
    """With every comment taken away that hides a key, the written profile still loads, and has all fixtures."""
    lines = [line.removeprefix("# ") if " = " in line or "[[" in line else line for line in PROFILE.splitlines()]
    names = ("API_KEY", "CLIENT_TOKEN", "EXPIRED_CLIENT_TOKEN", "USER_TOKEN", "OTHER_USER_TOKEN")
    profile = profiles.parse("\n".join(lines), {f"BTCDIRECT_{name}": name for name in names})
    assert len(profile.secrets) == len(profiles.CREDENTIALS)
    assert profile.fixtures.foreign
    assert profile.expected_deviations


@given(st.text())
def test_any_text(text: str) -> None:
    """Any text is a profile or a list of problems."""
    with suppress(ProfileError):
        assert isinstance(profiles.parse(text, {}), Profile)

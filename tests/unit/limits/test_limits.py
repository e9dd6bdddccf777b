"""Limits: the load that counts, the reasons of a refusal, and the admin's command."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from handlers.commands.parser import parse
from handlers.limits.limits import parse_limits
from handlers.listeners.table import COMMANDS
from provisioning.core.errors import UserError
from provisioning.core.model.limits import Limits, Load, OwnLimits, cores_of, load_of
from tests.unit.handlers.samples import CREATING

PRICE = Decimal("0.5")


@pytest.mark.parametrize(
    ("size", "cores"),
    [
        ("Standard_B2s", 2),
        ("Standard_D16s_v5", 16),
        ("Standard_E8-2s_v5", 2),
        ("Standard_NC4as_T4_v3", 4),
        ("Standard_NV36ads_A10_v5", 36),
        ("unheard-of", 0),
    ],
)
def test_a_sizes_cores_are_in_its_name(size, cores):
    assert cores_of(size) == cores


def test_a_month_is_thirty_days_of_eight_hours():
    assert load_of("Standard_B2s", PRICE, count=2) == Load(2, 4, Decimal(240))
    disk = Decimal("4.80")
    assert load_of("Standard_B2s", PRICE, disk, 2).cost == Decimal("249.60")
    assert load_of("Standard_B2s", None) == Load(1, 2, Decimal(0), unpriced=1)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(), None),
        (Limits(servers=2, cores=4, cost=Decimal(240)), None),
        (Limits(servers=1), "server 2 of at most 1"),
        (Limits(cores=3), "4 cores of at most 3"),
        (Limits(cost=Decimal(239)), "$240 a month of at most $239"),
        (Limits(sizes=("Standard_B2ms",)), "Standard_B2s is not among Standard_B2ms"),
        (Limits(sizes=("STANDARD_B2S",)), None),
        (Limits(regions=("koreacentral",)), "westeurope is not among koreacentral"),
    ],
)
def test_the_reasons_name_what_is_beyond_a_limit(limits, words):
    server = replace(CREATING, size="Standard_B2s", region="westeurope", price_per_hour=PRICE)
    reasons = limits.excesses(load_of("Standard_B2s", PRICE, count=2), server)
    assert (words is None) == (not reasons)
    assert words is None or words in reasons[0]


def test_an_unknown_price_does_not_pass_a_limit_by_cost():
    server = replace(CREATING, price_per_hour=None)
    (reason,) = Limits(cost=Decimal(100)).excesses(Load(1, 2), server)
    assert "price is unknown" in reason


def test_own_limits_replace_what_they_name():
    own = OwnLimits(servers=0, cores=16)
    assert Limits(3, 8, Decimal(50)).with_own(own) == Limits(0, 16, Decimal(50))


def test_limits_are_parsed_as_an_admin_types_them():
    command = parse(
        "admin limits <@U_BOB> servers=5 cost=$99.5 sizes=any regions=a,b lifetime=2d", COMMANDS
    )
    assert command.get("person") == "<@U_BOB>"
    assert parse_limits(command.arguments["changes"].split()) == OwnLimits(
        5, None, Decimal("99.5"), (), ("a", "b"), timedelta(days=2)
    )
    assert parse_limits(["lifetime=any"]) == parse_limits(["lifetime=0"])


@pytest.mark.parametrize(
    "word",
    [
        "servers",
        "servers=",
        "servers=-1",
        "cost=nan",
        "cost=1e99",
        "sizes=,",
        "disks=1",
        "lifetime=",
    ],
)
def test_a_word_that_is_no_limit_is_refused(word):
    with pytest.raises(UserError):
        parse_limits([word])

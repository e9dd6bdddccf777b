"""The setting `AZURE__TAGS` as people write it."""

import pytest

from bot.config.settings import AzureSettings
from provisioning.adapters.azure.config import tags_in


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", {}),
        ("CostCenter=42", {"CostCenter": "42"}),
        (" CostCenter = 42 , Team=data science,", {"CostCenter": "42", "Team": "data science"}),
        ("Empty=,Sum=a=b", {"Empty": "", "Sum": "a=b"}),
    ],
)
def test_tags_are_names_and_values_with_commas_between(text, tags):
    assert tags_in(text) == tags


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CostCenter", "write name=value"),
        ("=42", "write name=value"),
        ("nb-owner=me", "only the bot's own"),
        ("NB-Server=x", "only the bot's own"),
        ("a/b=c", "Azure takes no tag"),
        ("a=" + "x" * 257, "Azure takes no tag"),
        (",".join(f"t{n}=1" for n in range(41)), "more than 40 tags"),
    ],
)
def test_a_tag_that_can_not_be_is_refused_at_start(text, told):
    with pytest.raises(ValueError, match=told):
        tags_in(text)
    with pytest.raises(ValueError, match=told):
        AzureSettings(tags=text)

"""What Azure demands of the osProfile of a Windows machine."""

from typing import Any

from bot.sandbox.azure.errors import ArmError

LONGEST_WINDOWS_NAME = 15

_UPDATES_OF_PATCH_MODE = {"Manual": False, "AutomaticByOS": True, "AutomaticByPlatform": True}
"""What `enableAutomaticUpdates` must be (Azure's reference of `WindowsConfiguration`)."""


def _check_updates(configuration: dict[str, Any]) -> None:
    """Refuse settings of Windows' updates that contradict each other."""
    mode = (configuration.get("patchSettings") or {}).get("patchMode", "AutomaticByOS")
    updates = configuration.get("enableAutomaticUpdates", True)
    has_agent = configuration.get("provisionVMAgent", True)
    by_platform = mode == "AutomaticByPlatform"
    if _UPDATES_OF_PATCH_MODE.get(mode) is not updates or (by_platform and not has_agent):
        raise ArmError(
            "InvalidParameter",
            f"The patchMode '{mode}' does not fit enableAutomaticUpdates '{updates}' and "
            f"provisionVMAgent '{has_agent}'.",
        )


def check_windows(os_profile: dict[str, Any], password: str | None) -> None:
    """Refuse a Windows machine whose name, password or updates Azure would refuse."""
    _check_updates(os_profile.get("windowsConfiguration") or {})
    name = str(os_profile.get("computerName", ""))
    if len(name) > LONGEST_WINDOWS_NAME or name.isdecimal():
        raise ArmError(
            "InvalidParameter",
            "Windows computer name cannot be more than 15 characters long, be entirely numeric, "
            "or contain the following characters: ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : "
            ". ' \" , < > / ?.",
        )
    kinds = (str.islower, str.isupper, str.isdigit, lambda each: not each.isalnum())
    if password is None:
        raise ArmError("InvalidParameter", "Required parameter 'adminPassword' is missing (null).")
    complex_enough = sum(any(kind(each) for each in password) for kind in kinds) >= 3
    if not complex_enough or not 12 <= len(password) <= 123:
        raise ArmError(
            "InvalidParameter",
            "The supplied password must be between 12-123 characters long and must satisfy at "
            "least 3 of password complexity requirements.",
        )

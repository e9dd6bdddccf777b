"""The one table of subcommands: dispatch, `help`, the manifest and the docs are drawn from it."""

from dataclasses import dataclass

from provisioning.core.language import N_, Text

COMMAND = "/notebook"


@dataclass(frozen=True)
class Subcommand:
    """One word after `/notebook`, or two.

    `usage` is what follows the word; `required` and `optional` name its arguments in their
    order; `options` are `--name VALUE`, `flags` are `--name` alone. The argument `rest`
    takes all words that are left. `admin_only`: nobody else may, nor sees it in a list.
    """

    name: str
    usage: str
    summary: Text
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    rest: str = ""
    admin_only: bool = False
    example: str = ""


SUBCOMMANDS: tuple[Subcommand, ...] = (
    Subcommand(
        "create",
        "[platform] [name] [--size SIZE] [--region REGION] [--release RELEASE] [--keep TIME] "
        "[--repo URL] [--packages LIST] [--share @person] [--gpu]",
        N_(
            "Make a notebook server of your own; without a platform, a form asks for everything. "
            "You get its address and a one-time password by DM."
        ),
        optional=("platform", "name"),
        options=("size", "region", "release", "keep", "repo", "packages", "share"),
        flags=("gpu",),
        aliases=("new",),
        example="create ubuntu sales --size Standard_B2ms",
    ),
    Subcommand(
        "list",
        "[state] [--all]",
        N_("Your servers, or those in one state. `--all` shows everybody's, to admins."),
        optional=("state",),
        flags=("all",),
        aliases=("ls",),
        example="list running",
    ),
    Subcommand(
        "status",
        "<name>",
        N_("One server: state, address, price."),
        required=("name",),
        aliases=("show",),
    ),
    Subcommand(
        "start",
        "<name>",
        N_("Start a stopped server; its notebooks are as you left them."),
        required=("name",),
    ),
    Subcommand(
        "stop",
        "<name>",
        N_(
            "Stop a server: what runs on it ends, its files stay, and only its disk costs "
            "something."
        ),
        required=("name",),
    ),
    Subcommand(
        "restart",
        "<name>",
        N_("Boot a running server again: what runs on it ends."),
        required=("name",),
        aliases=("reboot",),
    ),
    Subcommand(
        "rename",
        "<name> <new name>",
        N_("Give a server another name; its address stays, and what runs on it goes on."),
        required=("name", "new name"),
        example="rename sales sales-2026",
    ),
    Subcommand(
        "resize",
        "<name> [size]",
        N_(
            "Give a server another size, with its price; one that runs is stopped and started for "
            "it."
        ),
        required=("name",),
        optional=("size",),
        example="resize sales Standard_B2ms",
    ),
    Subcommand(
        "extend",
        "<name> <time>",
        N_("Keep a server on although nobody uses it, for some more time."),
        required=("name", "time"),
        example="extend sales 4h",
    ),
    Subcommand(
        "keep",
        "<name> until <time>",
        N_("Keep a server on until a time, or `until finished`: until its work ends."),
        required=("name", "until", "time"),
        optional=("clock",),
        example="keep sales until tomorrow 9:00",
    ),
    Subcommand(
        "schedule",
        "<name> [hours|off]",
        N_(
            "The hours in which a server runs, by your clock: it is started and stopped then, but "
            "never while something runs on it."
        ),
        required=("name",),
        rest="hours",
        example="schedule sales weekdays 9-18",
    ),
    Subcommand(
        "idle",
        "<name> [time|default]",
        N_("After how long without use a server is stopped, within your admin's bounds."),
        required=("name",),
        optional=("time",),
        example="idle sales 2h",
    ),
    Subcommand(
        "password",
        "<name>",
        N_("A new one-time password by DM, for when you lost yours. It ends open sessions."),
        required=("name",),
    ),
    Subcommand(
        "delete",
        "<name>",
        N_(
            "Remove a server, after you confirm: for good, or with a copy kept so that you can "
            "`undo`."
        ),
        required=("name",),
        aliases=("remove", "rm"),
    ),
    Subcommand(
        "undo",
        "<name>",
        N_("Bring back a server that was deleted with a copy, with its files and your password."),
        required=("name",),
        aliases=("undelete", "restore"),
    ),
    Subcommand(
        "logs",
        "<name>",
        N_("The last lines of your server's set-up and of the server itself, for you alone."),
        required=("name",),
    ),
    Subcommand(
        "export",
        "<name> [notebook]",
        N_(
            "A notebook as HTML and PDF by DM, as it was last saved; without a name, a list of "
            "them."
        ),
        required=("name",),
        optional=("notebook",),
        example="export sales welcome.ipynb",
    ),
    Subcommand(
        "packages",
        "<name> [add|remove|list] [packages]",
        N_("Python packages on your server beside what every server has; a DM tells how it ended."),
        required=("name",),
        optional=("action",),
        rest="packages",
        example="packages sales add polars>=1.0",
    ),
    Subcommand(
        "connect",
        "<name>",
        N_(
            "What VS Code, JupyterLab Desktop and other Jupyter clients need, by DM: a one-time "
            "link, and an SSH entry if you gave a key."
        ),
        required=("name",),
        example="connect sales",
    ),
    Subcommand(
        "keys",
        "[add|remove|list] [public key]",
        N_("Your public SSH keys: they let you in on each Linux server that you may use."),
        optional=("action",),
        rest="key",
        example="keys add ssh-ed25519 AAAA... ana@laptop",
    ),
    Subcommand(
        "share",
        "<name> [@person]",
        N_(
            "Let a teammate use your server, with a one-time password of their own by DM. People "
            "who share a server share its files and kernels."
        ),
        required=("name",),
        optional=("person",),
        example="share sales @bob",
    ),
    Subcommand(
        "unshare",
        "<name> <@person>",
        N_("End a teammate's access; their sessions and open pages end within seconds."),
        required=("name", "person"),
        example="unshare sales @bob",
    ),
    Subcommand(
        "transfer",
        "<name> <@person>",
        N_("Make a teammate the owner, after you confirm. You lose access unless they share it."),
        required=("name", "person"),
        example="transfer sales @bob",
    ),
    Subcommand(
        "usage",
        "[--days N]",
        N_(
            "Hours and cost of your servers by day, and how much of it was idle; with a picture by "
            "DM."
        ),
        options=("days",),
        example="usage --days 14",
    ),
    Subcommand(
        "overview",
        "",
        N_(
            "Your servers and what you can do, with buttons; `{command}` alone is the same.",
            command=COMMAND,
        ),
        aliases=("home",),
    ),
    Subcommand(
        "settings",
        "[--language LANGUAGE] [--quiet HOURS] [--idle MINUTES]",
        N_(
            "Your language, quiet hours and idle time; without anything, a form shows them. "
            "`slack`, `none` and `default` take one back."
        ),
        options=("language", "quiet", "idle"),
        aliases=("preferences",),
        example="settings --language ko --quiet 22:00-8:00 --idle 60",
    ),
    Subcommand("help", "[subcommand]", N_("This list, or more about one."), rest="topic"),
    Subcommand(
        "admin servers",
        "[state] [--csv]",
        N_("Everybody's servers, or those in one state. `--csv`: all of them, as a file."),
        optional=("state",),
        flags=("csv",),
        admin_only=True,
        example="admin servers running",
    ),
    Subcommand(
        "admin quota",
        "",
        N_("What the subscription may use in each region, what is in use, and who holds it."),
        admin_only=True,
    ),
    Subcommand(
        "admin limits",
        "[@person] [servers=N] [cores=N] [cost=N] [sizes=A,B] [regions=A,B] [lifetime=TIME] "
        "[default]",
        N_(
            "How much members may have without asking, and what is used. With a person: theirs; "
            "with limits after it, they are set, and `default` removes them. 0 and `any` are no "
            "limit."
        ),
        optional=("person",),
        rest="changes",
        admin_only=True,
        example="admin limits @bob servers=5 cores=16 cost=200 lifetime=2d",
    ),
    Subcommand(
        "admin audit",
        "[name] [--days N] [--csv]",
        N_(
            "Who asked for what, when, and how it ended; of one server or of all. `--csv`: as a "
            "file."
        ),
        optional=("name",),
        options=("days",),
        flags=("csv",),
        admin_only=True,
        example="admin audit sales --days 30 --csv",
    ),
    Subcommand(
        "admin announce",
        "<text>",
        N_("A message by DM to everybody who has a server."),
        rest="text",
        admin_only=True,
        example="admin announce Tonight at 20:00 the servers restart.",
    ),
    Subcommand(
        "admin usage",
        "[--days N] [--csv]",
        N_(
            "Everybody's hours and cost by person, with a picture by DM. `--csv`: a file, by day "
            "too."
        ),
        options=("days",),
        flags=("csv",),
        admin_only=True,
        example="admin usage --days 90 --csv",
    ),
    Subcommand(
        "admin cost",
        "",
        N_("What this month cost so far, by person, and what it will have cost at its end."),
        admin_only=True,
    ),
    Subcommand(
        "admin sweep",
        "",
        N_("Look at every server and compare everything with Azure now, and tell what was done."),
        admin_only=True,
    ),
    Subcommand(
        "admin orphans",
        "",
        N_(
            "What this installation has in Azure without a record, with buttons to adopt or delete "
            "it."
        ),
        admin_only=True,
    ),
    Subcommand(
        "admin adopt",
        "[tag]",
        N_("Give a server in Azure without a record its record again, or all of them."),
        optional=("tag",),
        admin_only=True,
    ),
    Subcommand(
        "admin transfer",
        "<name|all> [@from] <@to>",
        N_("Give somebody's server, or all of them, to somebody else, after you confirm."),
        required=("name", "person"),
        optional=("to",),
        admin_only=True,
        example="admin transfer all @ana @bob",
    ),
)


def subcommands(*, admin: bool = False) -> list[Subcommand]:
    """Those that everybody may use, or also those of admins."""
    return [each for each in SUBCOMMANDS if admin or not each.admin_only]


BY_WORD = {word: each for each in SUBCOMMANDS for word in (each.name, *each.aliases)}


def usage_hint() -> str:
    """What Slack shows beside the command in the composer."""
    return " | ".join(each.name for each in subcommands())

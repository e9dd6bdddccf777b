# Starts a scheduled task; with -Restart ends a running one first. Prints "changed" or "unchanged".
param(
    [Parameter(Mandatory)] [string] $Name,
    [switch] $Restart
)
$ErrorActionPreference = 'Stop'

$running = (Get-ScheduledTask -TaskName $Name).State -eq 'Running'
if ($running -and -not $Restart) {
    'unchanged'
    exit 0
}
if ($running) { Stop-ScheduledTask -TaskName $Name }
Start-ScheduledTask -TaskName $Name
'changed'

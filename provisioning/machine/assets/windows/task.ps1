# Registers a Python script with its argument as a scheduled task of a user, and prints "changed" or
# "unchanged". A task with the same description is the same definition and is left alone.
param(
    [Parameter(Mandatory)] [string] $Name,
    [Parameter(Mandatory)] [string] $User,
    [Parameter(Mandatory)] [string] $Python,
    [Parameter(Mandatory)] [string] $Script,
    [Parameter(Mandatory)] [string] $Subject,
    [Parameter(Mandatory)] [string] $Directory,
    [Parameter(Mandatory)] [string] $Description,
    [Parameter(Mandatory)] [int] $Priority,
    [switch] $AtStartup
)
$ErrorActionPreference = 'Stop'

$known = Get-ScheduledTask -TaskName $Name -ErrorAction SilentlyContinue
if ($known -and $known.Description -eq $Description) {
    'unchanged'
    exit 0
}
$action = New-ScheduledTaskAction -Execute $Python -Argument "-I ""$Script"" ""$Subject""" `
    -WorkingDirectory $Directory
# S4U: the task needs no password of the user.
$principal = New-ScheduledTaskPrincipal -UserId $User -LogonType S4U -RunLevel Limited
# No time limit: by default Windows ends a task after 72 hours.
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -RestartCount 999 `
    -RestartInterval (New-TimeSpan -Minutes 1) -Priority $Priority -MultipleInstances IgnoreNew `
    -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
if ($AtStartup) {
    Register-ScheduledTask -TaskName $Name -Action $action -Principal $principal `
        -Settings $settings -Trigger (New-ScheduledTaskTrigger -AtStartup) `
        -Description $Description -Force | Out-Null
} else {
    Register-ScheduledTask -TaskName $Name -Action $action -Principal $principal `
        -Settings $settings -Description $Description -Force | Out-Null
}
'changed'

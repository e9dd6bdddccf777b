# Registers a script of Python as a task of a user, with what it is to work on, unless it is
# registered so already, and prints "changed" or "unchanged". The description holds what tells
# two definitions apart.
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
# S4U: nobody needs to know the user's password.
$principal = New-ScheduledTaskPrincipal -UserId $User -LogonType S4U -RunLevel Limited
# Without a limit: a task is ended after 72 hours otherwise.
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

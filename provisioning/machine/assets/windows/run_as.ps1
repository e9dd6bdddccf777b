# Runs a Python script as a user, by a temporary scheduled task, and waits for the file that the
# script writes last. Prints the task's result if the task ended without writing that file.
param(
    [Parameter(Mandatory)] [string] $Name,
    [Parameter(Mandatory)] [string] $User,
    [Parameter(Mandatory)] [string] $Python,
    [Parameter(Mandatory)] [string] $Script,
    [Parameter(Mandatory)] [string] $Subject,
    [Parameter(Mandatory)] [string] $Directory,
    [Parameter(Mandatory)] [string] $Result
)
$ErrorActionPreference = 'Stop'

$action = New-ScheduledTaskAction -Execute $Python -Argument "-I ""$Script"" ""$Subject""" `
    -WorkingDirectory $Directory
$principal = New-ScheduledTaskPrincipal -UserId $User -LogonType S4U -RunLevel Limited
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit (New-TimeSpan -Minutes 30) -Priority 5 `
    -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
Register-ScheduledTask -TaskName $Name -Action $action -Principal $principal -Settings $settings `
    -Force | Out-Null
Start-ScheduledTask -TaskName $Name
# A task that has just been started may still be Ready, so only two seconds of Ready mean its end.
$idle = 0
while (-not (Test-Path -Path $Result) -and $idle -lt 20) {
    Start-Sleep -Milliseconds 100
    if ((Get-ScheduledTask -TaskName $Name).State -eq 'Ready') { $idle = $idle + 1 } else { $idle = 0 }
}
if (-not (Test-Path -Path $Result)) { (Get-ScheduledTaskInfo -TaskName $Name).LastTaskResult }
Unregister-ScheduledTask -TaskName $Name -Confirm:$false

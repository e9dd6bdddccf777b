# Prints the facts for one activity probe as JSON: the user's processes with their age and the
# seconds of CPU that each used between two samples, the processors' load in percent, the seconds
# since the boot, and the bytes of the system's drive.
param([Parameter(Mandatory)] [string] $User)
$ErrorActionPreference = 'Stop'

$account = "$env:COMPUTERNAME\$User"
$before = @{}
foreach ($each in Get-Process -IncludeUserName | Where-Object { $_.UserName -eq $account }) {
    $before["$($each.Id)"] = $each.CPU
}
$began = Get-Date
Start-Sleep -Milliseconds 300
$own = @(Get-Process -IncludeUserName | Where-Object { $_.UserName -eq $account })
$now = Get-Date

$details = @{}
foreach ($each in Get-CimInstance -ClassName Win32_Process) {
    $details["$($each.ProcessId)"] = $each
}
$processes = @($own | Where-Object { $details.ContainsKey("$($_.Id)") } | ForEach-Object {
    $used = 0
    if ($before.ContainsKey("$($_.Id)")) { $used = $_.CPU - $before["$($_.Id)"] }
    $detail = $details["$($_.Id)"]
    @{
        pid = $_.Id
        parent = $detail.ParentProcessId
        name = $_.ProcessName
        command = $detail.CommandLine
        session = $detail.SessionId
        used = $used
        cpu = $_.CPU
        started = $_.StartTime.ToFileTime()
        age = ($now - $_.StartTime).TotalSeconds
    }
})
$drive = Get-CimInstance -ClassName Win32_LogicalDisk |
    Where-Object { $_.DeviceID -eq $env:SystemDrive }
ConvertTo-Json -Compress -Depth 4 -InputObject @{
    processes = $processes
    between = ($now - $began).TotalSeconds
    load = @((Get-CimInstance -ClassName Win32_Processor).LoadPercentage)
    uptime = (Get-CimInstance -ClassName Win32_PerfFormattedData_PerfOS_System).SystemUpTime
    disk = @{ size = $drive.Size; free = $drive.FreeSpace }
}

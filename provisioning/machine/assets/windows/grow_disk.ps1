# Lets the partition of a drive fill the disk, if there is room behind it.
param([Parameter(Mandatory)] [string] $Letter)
$ErrorActionPreference = 'Stop'

$most = (Get-PartitionSupportedSize -DriveLetter $Letter).SizeMax
if ($most -gt (Get-Partition -DriveLetter $Letter).Size) {
    Resize-Partition -DriveLetter $Letter -Size $most
}

# Restarts a service of Windows.
param([Parameter(Mandatory)] [string] $Name)
$ErrorActionPreference = 'Stop'

Restart-Service -Name $Name -Force

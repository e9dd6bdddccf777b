# Restarts a Windows service.
param([Parameter(Mandatory)] [string] $Name)
$ErrorActionPreference = 'Stop'

Restart-Service -Name $Name -Force

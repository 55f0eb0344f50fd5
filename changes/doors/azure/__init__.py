"""`/compat/azure/…`: the check “Invoke REST API” of Azure Pipelines, answered at once or later."""

{{/* The triggers of a pool: its waiting and running tasks, and what the user adds. */}}
{{- define "taskrunner.keda.triggers" -}}
{{- $keda := .settings.autoscaling.keda }}
{{- $triggers := list }}
{{- if eq $keda.trigger "redis" }}
{{- range $index, $queue := .settings.queues }}
{{- $triggers = append $triggers (include "taskrunner.keda.redis" (merge (dict "index" $index "queue" $queue) $) | fromJson) }}
{{- end }}
{{- else if eq $keda.trigger "prometheus" }}
{{- $triggers = append $triggers (include "taskrunner.keda.prometheus" . | fromJson) }}
{{- end }}
{{- range $index, $trigger := include "taskrunner.tpl" (list .root $keda.triggers) | fromYamlArray }}
{{- /* A formula names what it adds up. */}}
{{- $added := and $.settings.composed (not (has $trigger.type (list "cpu" "memory"))) }}
{{- if $added }}{{ $_ := set $trigger "name" ($trigger.name | default (printf "trigger%d" $index)) }}{{ end }}
{{- $triggers = append $triggers $trigger }}
{{- end }}
{{- toYaml $triggers }}
{{- end }}

{{/* The formula: tasks of all queues, or more where a trigger of the user asks for more pods. KEDA hides each trigger's own target behind the formula's, so
each counts in tasks: pods asked for, times the tasks of a pod. Outside its hours a cron trigger says 1. CPU and memory stay metrics of their own. */}}
{{- define "taskrunner.keda.formula" -}}
{{- $tasks := list }}
{{- $terms := list }}
{{- $perPod := .settings.tasksPerPod }}
{{- range $trigger := include "taskrunner.keda.triggers" . | fromYamlArray }}
{{- $name := $trigger.name }}
{{- if lt (len $tasks) (len $.settings.queues) }}
{{- $tasks = append $tasks $name }}
{{- else if not (has $trigger.type (list "cpu" "memory")) }}
{{- $other := printf "%s * %s / %s" $name $perPod (include "taskrunner.keda.target" $trigger) }}
{{- $terms = eq $trigger.type "cron" | ternary (printf "(%s > 1 ? %s : 0) * %s" $name $name $perPod) $other | append $terms }}
{{- end }}{{ end }}
{{- $sum := join " + " $tasks }}
{{- empty $terms | ternary $sum (printf "max(%s)" (join ", " (prepend $terms $sum))) }}
{{- end }}

{{/* The number of a trigger's metadata that one pod is meant for; empty where none is known. */}}
{{- define "taskrunner.keda.target" -}}
{{- with .metadata }}
{{- coalesce .threshold .thresholdValue .targetMetricValue .targetValue .targetQueryValue .queryValue .lagThreshold .listLength .queueLength .messageCount .value "" }}
{{- end }}
{{- end }}

{{/* What in the triggers of the user KEDA would refuse, or never look at. */}}
{{- define "taskrunner.validate.triggers" -}}
{{- $at := printf "Pool %q: worker.autoscaling.keda.triggers" .pool }}
{{- $advanced := .settings.autoscaling.keda.advanced | default dict }}
{{- $composed := and .settings.composed (not (dig "scalingModifiers" "formula" "" $advanced)) }}
{{- $names := list }}
{{- range $trigger := include "taskrunner.keda.triggers" . | fromYamlArray }}
{{- $name := $trigger.name | default "" }}
{{- $type := $trigger.type }}
{{- $isUse := has $type (list "cpu" "memory") }}
{{- $external := and $composed (not $isUse) }}
{{- $cron := and $external (eq $type "cron") }}
{{- $metric := $trigger.metricType | toString }}
{{- $share := coalesce $trigger.metricType (get ($trigger.metadata | default dict) "type") "Utilization" | eq "Utilization" }}
{{- $request := get (($.settings.resources | default dict).requests | default dict) $type }}
{{- $counted := regexMatch "^[0-9]*[.]?[0-9]*[1-9][0-9]*([.][0-9]+)?$" (include "taskrunner.keda.target" $trigger) }}
{{- include "taskrunner.sentences" (list $.root (list "trigger.twice" (and $name (has $name $names)) $at $name)
  (list "trigger.name" (and $external (not (regexMatch "^[A-Za-z_][A-Za-z0-9_]*$" $name))) $at $name)
  (list "trigger.request" (and $isUse $share (empty $request)) $at $type)
  (list "trigger.type" (and $external (ne ($trigger.metricType | default "AverageValue") "AverageValue")) $at $type $metric)
  (list "trigger.target" (not (or $cron $counted (not $external))) $at $type)
  (list "trigger.cron" (and $cron (lt (int $.settings.least) 1) (le (int $trigger.metadata.desiredReplicas) 1)) $at)) }}
{{- $names = append $names $name }}
{{- end }}
{{- end }}

{{/* The list that beat keeps as long as a queue's waiting and running tasks. */}}
{{- define "taskrunner.keda.redis" -}}
{{- $values := .root.Values }}
{{- $url := include "taskrunner.broker.url" .root | urlParse }}
{{- /* KEDA looks the name up from a namespace of its own. */}}
{{- $domain := $values.redis.enabled | ternary (printf ".%s.svc" (include "taskrunner.namespace" .root)) "" }}
{{- $address := printf "%s%s%s" (regexReplaceAll ":[0-9]+$" $url.host "") $domain (regexFind ":[0-9]+$" $url.host | default ":6379") }}
{{- $options := $url.query | default "" }}
{{- $user := $url.userinfo | default "" | splitList ":" | first }}
{{- $user = regexFind "(^|&)user(name)?=[^&]+" $options | splitList "=" | last | default $user }}
{{- /* Of a path, urlParse gives plain text. */}}
{{- $plain := (printf "redis://host/%s" $user | urlParse).path | trimPrefix "/" }}
{{- $sentinel := $values.broker.sentinel }}
{{- $hasSentinels := not (empty $sentinel.addresses) }}
{{- $metadata := dict "listName" (printf "{tr:%s:%s:0}:z" $values.broker.namespace .queue) "listLength" .settings.tasksPerPod
  "databaseIndex" (regexFind "(^|&)(db|database)=[0-9]+" $options | splitList "=" | last | default (trimPrefix "/" $url.path | default "0"))
  "enableTLS" (eq $url.scheme "rediss" | ternary "true" "")
  "username" ($values.redis.enabled | ternary "" ($values.broker.username | default $plain))
  "address" ($hasSentinels | ternary "" $address)
  "port" (and (contains "$(" $address) (empty $values.broker.existingSecret.portKey) | ternary (toString (int $values.broker.port)) "")
  "addresses" (join "," $sentinel.addresses)
  "sentinelMaster" ($hasSentinels | ternary $sentinel.master "")
  "sentinelUsername" ($hasSentinels | ternary $sentinel.username "") }}
{{- range $key, $value := $metadata }}
{{- if or (empty $value) (contains "$(" $value) }}{{ $_ := unset $metadata $key }}{{ end }}
{{- end }}
{{- $type := $hasSentinels | ternary "redis-sentinel" "redis" }}
{{- $trigger := dict "type" $type "name" (printf "queue%d" .index) "metricType" "AverageValue" "metadata" $metadata }}
{{- $reference := dict "name" (include "taskrunner.named" (list .root "broker")) }}
{{- if include "taskrunner.keda.secrets" .root | fromJson }}{{ $_ := set $trigger "authenticationRef" $reference }}{{ end }}
{{- toJson $trigger }}
{{- end }}

{{- define "taskrunner.keda.prometheus" -}}
{{- $keda := .settings.autoscaling.keda }}
{{- $queues := join "|" .settings.queues | replace "." "\\\\." }}
{{- $selector := printf "%s,queue=~\"%s\",state=~\"waiting|running\"" (include "taskrunner.metrics.selector" .root) $queues }}
{{- $query := printf "sum(max by (queue, state) (taskrunner_queue_tasks{%s}))" $selector }}
{{- $metadata := dict "serverAddress" (include "taskrunner.tpl" (list .root $keda.prometheusAddress))
  "query" $query "ignoreNullValues" "false" "threshold" .settings.tasksPerPod }}
{{- $trigger := dict "type" "prometheus" "name" "tasks" "metricType" "AverageValue" "metadata" $metadata }}
{{- $reference := dict "name" (include "taskrunner.tpl" (list .root $keda.prometheusAuthentication)) }}
{{- if $keda.prometheusAuthentication }}{{ $_ := set $trigger "authenticationRef" $reference }}{{ end }}
{{- toJson $trigger }}
{{- end }}

{{/* What KEDA reads from Secrets and ConfigMaps to reach the broker. */}}
{{- define "taskrunner.keda.secrets" -}}
{{- $files := include "taskrunner.secretFiles" . | fromJson }}
{{- $existing := .Values.broker.existingSecret }}
{{- $client := .Values.broker.tls.clientSecret }}
{{- $sources := list (list "password" (get $files "broker-password"))
  (list "sentinelPassword" (get $files "broker-sentinel-password"))
  (list "ca" (include "taskrunner.authorities" (dict "root" . "store" "broker") | fromJsonArray | first))
  (list "cert" (dict "name" $client.name "key" $client.certKey))
  (list "key" (dict "name" $client.name "key" $client.keyKey))
  (list "host" (dict "name" $existing.name "key" $existing.hostKey))
  (list "port" (dict "name" $existing.name "key" $existing.portKey))
  (list "username" (dict "name" $existing.name "key" $existing.usernameKey)) }}
{{- $secrets := dict }}
{{- range $sources }}
{{- $source := last . | default dict }}
{{- $kind := printf "%sTargetRef" ($source.kind | default "secret") }}
{{- $target := merge (dict "parameter" (first .)) (pick $source "name" "key") }}
{{- if and $source.name $source.key }}{{ $_ := set $secrets $kind (append (get $secrets $kind | default list) $target) }}{{ end }}
{{- end }}
{{- toJson $secrets }}
{{- end }}

{{/* The rest of what KEDA is told, with what the user lays over it. */}}
{{- define "taskrunner.keda.advanced" -}}
{{- $advanced := dict "horizontalPodAutoscalerConfig" (dict "behavior" (include "taskrunner.pool.behavior" .settings | fromYaml)) }}
{{- if .settings.composed }}
{{- $modifiers := dict "target" .settings.tasksPerPod "metricType" "AverageValue" }}
{{- $_ := set $advanced "scalingModifiers" (set $modifiers "formula" (include "taskrunner.keda.formula" .)) }}
{{- end }}
{{- $given := include "taskrunner.tpl" (list .root (.settings.autoscaling.keda.advanced | default dict)) | fromYaml }}
{{- include "taskrunner.overlay" (dict "into" $advanced "from" $given) }}
{{- toYaml $advanced }}
{{- end }}

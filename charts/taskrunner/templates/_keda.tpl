{{/* The triggers of a pool: its waiting and running tasks, and what the user adds. */}}
{{- define "taskrunner.keda.triggers" -}}
{{- $keda := .settings.autoscaling.keda }}
{{- $triggers := list }}
{{- if eq $keda.trigger "redis" }}
{{- range $index, $queue := .settings.queues }}
{{- $triggers = append $triggers (include "taskrunner.keda.redis" (dict "root" $.root "settings" $.settings "index" $index "queue" $queue) | fromJson) }}
{{- end }}
{{- else if eq $keda.trigger "prometheus" }}
{{- $triggers = append $triggers (include "taskrunner.keda.prometheus" . | fromJson) }}
{{- end }}
{{- concat $triggers (include "taskrunner.tpl" (dict "root" .root "value" $keda.triggers) | fromYamlArray) | toYaml }}
{{- end }}

{{/* The list that beat keeps as long as a queue's waiting and running tasks. */}}
{{- define "taskrunner.keda.redis" -}}
{{- $values := .root.Values }}
{{- $target := include "taskrunner.pool.tasksPerPod" .settings }}
{{- $url := include "taskrunner.broker.url" .root | urlParse }}
{{- /* KEDA looks the name up from a namespace of its own. */}}
{{- $domain := $values.redis.enabled | ternary (printf ".%s.svc" (include "taskrunner.namespace" .root)) "" }}
{{- $address := printf "%s%s%s" (regexReplaceAll ":[0-9]+$" $url.host "") $domain (regexFind ":[0-9]+$" $url.host | default ":6379") }}
{{- $sentinel := $values.broker.sentinel }}
{{- $hasSentinels := not (empty $sentinel.addresses) }}
{{- $metadata := dict "listName" (printf "{tr:%s:%s:0}:z" $values.broker.namespace .queue) "listLength" $target
  "databaseIndex" (trimPrefix "/" $url.path | default "0")
  "enableTLS" (eq $url.scheme "rediss" | ternary "true" "")
  "username" ($values.redis.enabled | ternary "" $values.broker.username)
  "address" ($hasSentinels | ternary "" $address)
  "addresses" (join "," $sentinel.addresses)
  "sentinelMaster" ($hasSentinels | ternary $sentinel.master "")
  "sentinelUsername" ($hasSentinels | ternary $sentinel.username "") }}
{{- range $key, $value := $metadata }}
{{- if empty $value }}
{{- $_ := unset $metadata $key }}
{{- end }}
{{- end }}
{{- $trigger := dict "type" ($hasSentinels | ternary "redis-sentinel" "redis") "name" (printf "queue%d" .index) "metadata" $metadata }}
{{- if include "taskrunner.keda.secrets" .root | fromJsonArray }}
{{- $_ := set $trigger "authenticationRef" (dict "name" (include "taskrunner.named" (list .root "broker"))) }}
{{- end }}
{{- toJson $trigger }}
{{- end }}

{{- define "taskrunner.keda.prometheus" -}}
{{- $keda := .settings.autoscaling.keda }}
{{- $selector := printf "%s,queue=~%q,state=~%q" (include "taskrunner.metrics.selector" .root) "QUEUES" "waiting|running" | replace "QUEUES" (join "|" .settings.queues | replace "." "\\\\.") }}
{{- $query := printf "sum(max by (queue, state) (taskrunner_queue_tasks{%s}))" $selector }}
{{- $metadata := dict "serverAddress" $keda.prometheusAddress "query" $query "ignoreNullValues" "false" "threshold" (include "taskrunner.pool.tasksPerPod" .settings) }}
{{- $trigger := dict "type" "prometheus" "name" "tasks" "metadata" $metadata }}
{{- with $keda.prometheusAuthentication }}
{{- $_ := set $trigger "authenticationRef" (dict "name" .) }}
{{- end }}
{{- toJson $trigger }}
{{- end }}

{{/* What KEDA reads from Secrets to reach the broker. */}}
{{- define "taskrunner.keda.secrets" -}}
{{- $secrets := list }}
{{- $files := include "taskrunner.secretFiles" . | fromJson }}
{{- range $file, $parameter := dict "broker-password" "password" "broker-sentinel-password" "sentinelPassword" }}
{{- with get $files $file }}
{{- $secrets = append $secrets (dict "parameter" $parameter "name" .name "key" .key) }}
{{- end }}
{{- end }}
{{- with .Values.broker.tls.caSecret }}
{{- if .name }}
{{- $secrets = append $secrets (dict "parameter" "ca" "name" .name "key" .key) }}
{{- end }}
{{- end }}
{{- toJson $secrets }}
{{- end }}

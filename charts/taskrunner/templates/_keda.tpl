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
{{- $metadata := dict "listName" (printf "{tr:%s:%s:0}:z" $values.broker.namespace .queue) "listLength" $target }}
{{- $url := include "taskrunner.broker.url" .root | urlParse }}
{{- $host := regexReplaceAll ":[0-9]+$" $url.host "" }}
{{- /* KEDA looks the name up from a namespace of its own. */}}
{{- $domain := $values.redis.enabled | ternary (printf ".%s.svc" (include "taskrunner.namespace" .root)) "" }}
{{- $_ := set $metadata "address" (printf "%s%s%s" $host $domain (regexFind ":[0-9]+$" $url.host | default ":6379")) }}
{{- $_ := set $metadata "databaseIndex" (trimPrefix "/" $url.path | default "0") }}
{{- if eq $url.scheme "rediss" }}
{{- $_ := set $metadata "enableTLS" "true" }}
{{- end }}
{{- with $values.redis.enabled | ternary "" $values.broker.username }}
{{- $_ := set $metadata "username" . }}
{{- end }}
{{- $type := "redis" }}
{{- with $values.broker.sentinel }}
{{- if .addresses }}
{{- $type = "redis-sentinel" }}
{{- $_ := unset $metadata "address" }}
{{- $_ := set $metadata "addresses" (join "," .addresses) }}
{{- $_ := set $metadata "sentinelMaster" .master }}
{{- with .username }}
{{- $_ := set $metadata "sentinelUsername" . }}
{{- end }}
{{- end }}
{{- end }}
{{- $trigger := dict "type" $type "name" (printf "queue%d" .index) "metadata" $metadata }}
{{- if include "taskrunner.keda.secrets" .root | fromJsonArray }}
{{- $_ := set $trigger "authenticationRef" (dict "name" (include "taskrunner.named" (list .root "broker"))) }}
{{- end }}
{{- toJson $trigger }}
{{- end }}

{{- define "taskrunner.keda.prometheus" -}}
{{- $keda := .settings.autoscaling.keda }}
{{- $queues := list }}
{{- range .settings.queues }}
{{- $queues = append $queues (regexQuoteMeta . | replace "\\" "\\\\") }}
{{- end }}
{{- $selector := printf "%s,queue=~%q,state=~%q" (include "taskrunner.metrics.selector" .root) "QUEUES" "waiting|running" | replace "QUEUES" (join "|" $queues) }}
{{- $query := printf "sum(max by (queue, state) (taskrunner_queue_tasks{%s}))" $selector }}
{{- $metadata := dict "serverAddress" $keda.prometheusAddress "query" $query "threshold" (include "taskrunner.pool.tasksPerPod" .settings) }}
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

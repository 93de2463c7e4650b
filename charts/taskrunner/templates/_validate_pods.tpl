{{/* What contradicts the chart, or itself, in each kind of pod. */}}
{{- define "taskrunner.validate.pods" -}}
{{- range $pool, $settings := include "taskrunner.pools" . | fromJson }}
{{- include "taskrunner.validate.program" (dict "root" $ "of" (printf "Pool %q" $pool) "component" "worker" "settings" $settings) }}
{{- end }}
{{- range $component := list "beat" "migrate" "test" "redis" "postgresql" }}
{{- if (get $.Values $component).enabled }}
{{- $settings := include "taskrunner.settings" (dict "root" $ "component" $component) | fromJson }}
{{- $pod := dict "root" $ "of" $component "component" $component "settings" $settings "schedules" (eq $component "beat") }}
{{- include (has $component (list "redis" "postgresql") | ternary "taskrunner.validate.pod" "taskrunner.validate.program") $pod }}
{{- end }}
{{- end }}
{{- end }}

{{/* Lists of any pod in which Kubernetes knows an entry by a key, each with what to do. .of names the pod to the user. */}}
{{- define "taskrunner.validate.pod" -}}
{{- $settings := .settings }}
{{- $spreads := list }}
{{- range $settings.topologySpreadConstraints }}
{{- $spreads = append $spreads (dict "name" (printf "%s (%s)" .topologyKey .whenUnsatisfiable)) }}
{{- end }}
{{- $lists := dict "hostAliases" $settings.hostAliases "topologySpreadConstraints" $spreads "dnsConfig.options" ($settings.dnsConfig | default dict).options
  "podSecurityContext.sysctls" $settings.podSecurityContext.sysctls "resources.claims" ($settings.resources | default dict).claims }}
{{- range $list, $entries := $lists }}
{{- $seen := dict }}
{{- range $entries }}
{{- $name := .ip | default .name }}
{{- if hasKey $seen $name }}
{{ $.of }}: {{ $list }} has {{ $name }} twice: make one entry of them.
{{- end }}
{{- $_ := set $seen $name true }}
{{- end }}
{{- end }}
{{- end }}

{{/* A pod of the program: names that the chart itself has. The rest is as in taskrunner.podSpec. */}}
{{- define "taskrunner.validate.program" -}}
{{- $settings := .settings }}
{{- include "taskrunner.validate.pod" . }}
{{- include "taskrunner.validate.variables" . }}
{{- $ours := dict }}
{{- range include "taskrunner.volumes" . | fromYamlArray }}
{{- $_ := set $ours .name true }}
{{- $_ := set $ours .mountPath true }}
{{- end }}
{{- range include "taskrunner.unique" (dict "root" .root "value" $settings.extraVolumes) | fromYamlArray }}
{{- if hasKey $ours .name }}
{{ $.of }}: extraVolumes names a volume {{ quote .name }}, and the chart has one of that name: take another name.
{{- end }}
{{- end }}
{{- range include "taskrunner.unique" (dict "root" .root "value" $settings.extraVolumeMounts "key" "mountPath") | fromYamlArray }}
{{- if hasKey $ours (trimSuffix "/" .mountPath) }}
{{ $.of }}: extraVolumeMounts mounts {{ quote .name }} at {{ .mountPath }}, where the chart mounts a volume of its own: take another path.
{{- end }}
{{- end }}
{{- $containers := dict (eq .component "test" | ternary "doctor" .component) "the container of the program" }}
{{- range $list := list "initContainers" "extraContainers" }}
{{- range include "taskrunner.unique" (dict "root" $.root "value" (get $settings $list)) | fromYamlArray }}
{{- with get $containers .name }}
{{ $.of }}: {{ $list }} has a container with the name of {{ . }}: take another name.
{{- end }}
{{- $_ := set $containers .name (printf "another one, %q" .name) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Variables with which a pod would do other than what the rest of the chart is made for: probes, scalers, policies, other pods. */}}
{{- define "taskrunner.validate.variables" -}}
{{- $ours := dict "TASKRUNNER_NAMESPACE" "broker.namespace" "TASKRUNNER_ROUTES" "routes" "TASKRUNNER_HTTP_PORT" "its own port"
  "TASKRUNNER_QUEUES" "queues" "TASKRUNNER_SCHEDULES_FILE" "beat.schedules" "TASKRUNNER_COUNT_QUEUES" "worker.autoscaling"
  "TASKRUNNER_POD_NAME" "worker.podDeletionCost" "TASKRUNNER_POD_NAMESPACE" "worker.podDeletionCost" }}
{{- range $store := list "broker" "database" }}
{{- $prefix := printf "TASKRUNNER_%s" (upper $store) }}
{{- if not (and (eq $store "database") (eq $.component "migrate")) }}
{{- range $name := list "URL" "URL_FILE" "USERNAME" "SENTINELS" "SENTINEL_MASTER" }}
{{- $_ := set $ours (printf "%s_%s" $prefix $name) $store }}
{{- end }}
{{- end }}
{{- if (get $.root.Values $store).tls.caSecret.name }}
{{- $_ := set $ours (printf "%s_CA_FILE" $prefix) (printf "%s.tls" $store) }}
{{- end }}
{{- end }}
{{- if eq .component "worker" }}
{{- range $name, $value := dict "TASKRUNNER_QUEUES" "queues" "TASKRUNNER_QUEUE_ORDER" "queueOrder" "TASKRUNNER_CONCURRENCY" "concurrency" "TASKRUNNER_DRAIN_SECONDS" "drainSeconds" "DOTNET_SHUTDOWNTIMEOUTSECONDS" "drainSeconds" }}
{{- $_ := set $ours $name (printf "worker.%s" $value) }}
{{- end }}
{{- end }}
{{- $shared := dict }}
{{- range .root.Values.extraEnv }}
{{- $_ := set $shared .name . }}
{{- end }}
{{- range include "taskrunner.unique" (dict "root" .root "value" .settings.extraEnv) | fromYamlArray }}
{{- $name := .name }}
{{- with get $ours $name }}
{{ $.of }}: extraEnv sets {{ $name }}, which the chart sets from {{ . }}: set that in its place.
{{- end }}
{{- if and (eq .name "TASKRUNNER_DATABASE_SCHEMA") (ne (toJson .) (get $shared .name | toJson)) }}
{{ $.of }}: extraEnv sets TASKRUNNER_DATABASE_SCHEMA, and all pods must have the same: set it in extraEnv at the top.
{{- end }}
{{- end }}
{{- end }}

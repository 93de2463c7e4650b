{{/* What contradicts the chart, or itself, in each kind of pod. */}}
{{- define "taskrunner.validate.pods" -}}
{{- range include "taskrunner.pods" . | fromJsonArray }}
{{- $pod := merge (dict "root" $ "schedules" (eq .component "beat")) . }}
{{- include (has .component (list "redis" "postgresql") | ternary "taskrunner.validate.pod" "taskrunner.validate.program") $pod }}
{{- end }}
{{- end }}

{{- define "taskrunner.validate.placeholders" }}{{ get .Values "given names" }}{{ end }}

{{/* Lists of any pod in which Kubernetes knows an entry by a key, each with what to do. .of names the pod to the user. */}}
{{- define "taskrunner.validate.pod" -}}
{{- $settings := .settings }}
{{- $deadline := $settings.progressDeadlineSeconds | default 600 | int }}
{{- $ready := int $settings.minReadySeconds }}
{{- include "taskrunner.mistakes" (dict
  (printf "%s: minReadySeconds (%d) must be less than progressDeadlineSeconds (%d)." .of $ready $deadline) (ge $ready $deadline)) }}
{{- $pool := (get .root.Values.workers (.pool | default "") | default dict).serviceAccount }}
{{- $account := $pool | default (get .root.Values .component).serviceAccount | default dict }}
{{- if and $account.annotations (not (dig "create" false ($settings.serviceAccount | default dict))) }}
{{ .of }}: serviceAccount has annotations, but no account is made: set create to true, or remove them and annotate the account {{ $settings.account }}.
{{- end }}
{{- $spreads := list }}
{{- range $settings.topologySpreadConstraints }}{{ $spreads = append $spreads (dict "name" (printf "%s (%s)" .topologyKey .whenUnsatisfiable)) }}{{ end }}
{{- $lists := dict "hostAliases" $settings.hostAliases "topologySpreadConstraints" $spreads "resourceClaims" $settings.resourceClaims "dnsConfig.options" ($settings.dnsConfig | default dict).options
  "podSecurityContext.sysctls" $settings.podSecurityContext.sysctls "resources.claims" ($settings.resources | default dict).claims }}
{{- range $list, $entries := $lists }}
{{- $seen := dict }}
{{- range $entries }}
{{- $name := .ip | default .name }}
{{- include "taskrunner.mistakes" (dict (printf "%s: %s has %v twice: make one entry of them." $.of $list $name) (hasKey $seen $name)) }}
{{- $_ := set $seen $name true }}
{{- end }}
{{- end }}
{{- end }}

{{/* A pod of the program: names that the chart itself has. The rest is as in taskrunner.podSpec. */}}
{{- define "taskrunner.validate.program" -}}
{{- include "taskrunner.validate.pod" . }}
{{- include "taskrunner.validate.variables" . }}
{{- $taken := dict (eq .component "test" | ternary "doctor" .component | printf "container %s") true }}
{{- range include "taskrunner.volumes" . | fromYamlArray }}
{{- $_ := set (set $taken .mountPath true) (printf "volume %s" .name) true }}
{{- end }}
{{- range $list, $kind := dict "initContainers" "container " "extraContainers" "container " "extraVolumes" "volume " "extraVolumeMounts" "" }}
{{- $key := empty $kind | ternary "mountPath" "name" }}
{{- range include "taskrunner.unique" (dict "root" $.root "value" (get $.settings $list) "key" $key) | fromYamlArray }}
{{- $name := get . $key }}
{{- $entry := printf "%s%s" $kind (trimSuffix "/" $name) }}
{{- $sentence := "%s: %s has %q, which the pod has already: take another %s." }}
{{- include "taskrunner.mistakes" (dict (printf $sentence $.of $list $name (trimPrefix "mount" $key | lower)) (hasKey $taken $entry)) }}
{{- if eq $kind "container " }}{{ $_ := set $taken $entry true }}{{ end }}
{{- range .ports }}
{{- if and (ne $.component "migrate") (ne $.component "test") (or (eq (toString .name) "http") (eq (int .containerPort) (int $.root.Values.config.httpPort))) }}
{{ $.of }}: {{ $list }} {{ quote $name }} has the port of the program ({{ int $.root.Values.config.httpPort }}, named http): take another one, or change config.httpPort.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Variables with which a pod would do other than what the rest of the chart is made for: probes, scalers, policies, other pods. */}}
{{- define "taskrunner.validate.variables" -}}
{{- $table := .root.Files.Get "files/variables.yaml" | fromYaml }}
{{- $ours := merge (dict) (get $table .component | default dict) (ne .component "migrate" | ternary $table.database dict) $table.all }}
{{- range $store := list "broker" "database" }}
{{- range $variable, $path := include "taskrunner.tlsFiles" (dict "root" $.root "store" $store) | fromYaml }}{{ $_ := set $ours $variable (printf "%s.tls" $store) }}{{ end }}
{{- end }}
{{- $shared := dict }}
{{- range .root.Values.extraEnv }}{{ $_ := set $shared .name . }}{{ end }}
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

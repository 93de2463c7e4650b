{{/* What contradicts the chart, or itself, in each kind of pod. */}}
{{- define "taskrunner.validate.pods" -}}
{{- $table := .Files.Get "files/variables.yaml" | fromYaml }}
{{- range include "taskrunner.pods" . | fromJsonArray }}
{{- $pod := merge (dict "root" $ "table" $table "schedules" (eq .component "beat")) . }}
{{- include (has .component (list "redis" "postgresql") | ternary "taskrunner.validate.pod" "taskrunner.validate.program") $pod }}
{{- end }}
{{- range $name, $account := include "taskrunner.accounts" . | fromJson }}
{{- include "taskrunner.sentences" (list $ (list "pod.accounts" $account.differs $name)) }}
{{- end }}
{{- end }}

{{- define "taskrunner.validate.placeholders" }}{{ get .Values "given names" }}{{ end }}

{{/* Lists of any pod in which Kubernetes knows an entry by a key, each with what to do. .of names the pod to the user. */}}
{{- define "taskrunner.validate.pod" -}}
{{- $settings := .settings }}{{ $dns := $settings.dnsConfig | default dict }}{{ $searches := $dns.searches | default list }}
{{- $ready := int $settings.minReadySeconds }}{{ $deadline := $settings.progressDeadlineSeconds | default 600 | int }}
{{- $pool := (get .root.Values.workers (.pool | default "") | default dict).serviceAccount }}
{{- $account := $pool | default (get .root.Values .component).serviceAccount | default dict }}
{{- $made := dig "create" false ($settings.serviceAccount | default dict) }}
{{- $crowded := or (gt (len $searches) 6) (gt (len (join " " $searches)) 256) }}
{{- include "taskrunner.sentences" (list .root (list "pod.account" (and $account.annotations (not $made)) .of $settings.account)
  (list "pod.minReadySeconds" (ge $ready $deadline) .of $ready $deadline)
  (list "pod.dnsPolicy" (and (eq (toString $settings.dnsPolicy) "None") (not $dns.nameservers)) .of)
  (list "pod.searches" (and (semverCompare "<1.26-0" .root.Capabilities.KubeVersion.Version) $crowded) .of)) }}
{{- range $name, $context := pick $settings "podSecurityContext" "securityContext" }}
{{- $admin := has "CAP_SYS_ADMIN" (($context.capabilities | default dict).add | default list) | ternary "CAP_SYS_ADMIN" "" }}
{{- $more := eq (toString $context.privileged) "true" | ternary "privileged" $admin }}
{{- $nonRoot := get (hasKey $context "runAsNonRoot" | ternary $context $settings.podSecurityContext) "runAsNonRoot" | toString }}
{{- $counts := or (eq $name "securityContext") (not (hasKey $settings.securityContext "runAsUser")) }}
{{- include "taskrunner.sentences" (list $.root
  (list "pod.escalation" (and $more (eq (toString $context.allowPrivilegeEscalation) "false")) $.of $name $more)
  (list "pod.runAsUser" (and (eq (toString $context.runAsUser) "0") (eq $nonRoot "true") $counts) $.of $name)) }}
{{- range $key, $profile := pick $context "seccompProfile" "appArmorProfile" }}
{{- $isLocal := eq (toString $profile.type) "Localhost" }}
{{- $wrong := $isLocal | ternary (empty $profile.localhostProfile) (hasKey $profile "localhostProfile") }}
{{- include "taskrunner.sentences" (list $.root (list "pod.profile" $wrong $.of $name $key $profile.type)) }}
{{- end }}{{ end }}
{{- $resources := $settings.resources | default dict }}{{ $limits := $resources.limits | default dict }}
{{- range $name, $request := $resources.requests }}
{{- $limit := get $limits $name }}
{{- $most := include "taskrunner.quantity" ($limit | default $request) | float64 }}
{{- $more := subf (include "taskrunner.quantity" $request | float64) $most }}
{{- $isWhole := and (regexMatch "^hugepages-|/" $name) (not (contains "kubernetes.io/" $name)) }}
{{- include "taskrunner.sentences" (list $.root (list "pod.limits" (gt $more 0.0) $.of $name $request $limit)
  (list "pod.whole" (and $isWhole (or (lt $more 0.0) (not (hasKey $limits $name)))) $.of $name $request)) }}
{{- end }}
{{- $spreads := list }}
{{- range $settings.topologySpreadConstraints }}
{{- $spreads = append $spreads (dict "name" (printf "%s (%s)" .topologyKey .whenUnsatisfiable)) }}
{{- end }}
{{- $lists := dict "topologySpreadConstraints" $spreads "dnsConfig.options" $dns.options "resources.claims" $resources.claims
  "podSecurityContext.sysctls" $settings.podSecurityContext.sysctls }}
{{- range $list, $entries := merge $lists (pick $settings "hostAliases" "resourceClaims") }}
{{- $seen := dict }}
{{- range $entries }}
{{- $name := .ip | default .name }}
{{- include "taskrunner.sentences" (list $.root (list "pod.twice" (hasKey $seen $name) $.of $list $name)) }}
{{- $_ := set $seen $name true }}
{{- end }}{{ end }}
{{- end }}

{{/* A quantity of Kubernetes as a number. */}}
{{- define "taskrunner.quantity" -}}
{{- $units := dict "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 0x1p10 "Mi" 0x1p20 "Gi" 0x1p30 "Ti" 0x1p40 "Pi" 0x1p50 "Ei" 0x1p60 }}
{{- $unit := regexFind "[mkKMGTPE]i?$" (toString .) }}
{{- mulf (toString . | trimSuffix $unit | float64) (get $units $unit | default 1.0) }}
{{- end }}

{{/* A pod of the program: names that the chart itself has. The rest is as in taskrunner.podSpec. */}}
{{- define "taskrunner.validate.program" -}}
{{- include "taskrunner.validate.pod" . }}
{{- include "taskrunner.validate.variables" . }}
{{- include "taskrunner.validate.handlers" . }}
{{- $taken := dict (eq .component "test" | ternary "doctor" .component | printf "container %s") true }}
{{- range include "taskrunner.volumes" . | fromJsonArray }}{{ $_ := set (set $taken .mountPath true) (printf "volume %s" .name) true }}{{ end }}
{{- $volumes := keys $taken }}
{{- range include "taskrunner.unique" (list .root .settings.extraVolumes) | fromJsonArray }}
{{- $volumes = append $volumes (printf "volume %s" .name) }}
{{- end }}
{{- $port := int .root.Values.config.httpPort }}
{{- $serves := not (has .component (list "migrate" "test")) }}
{{- $isPrivileged := eq (toString .settings.securityContext.privileged) "true" }}
{{- $lists := dict "initContainers" "container " "extraContainers" "container " "extraVolumes" "volume " "extraVolumeMounts" "" }}
{{- range $list, $kind := $lists }}
{{- $key := empty $kind | ternary "mountPath" "name" }}
{{- range include "taskrunner.unique" (list $.root (get $.settings $list) $key) | fromJsonArray }}
{{- $name := get . $key }}
{{- $entry := printf "%s%s" $kind (trimSuffix "/" $name) }}
{{- include "taskrunner.sentences" (list $.root (list "pod.taken" (hasKey $taken $entry) $.of $list $name (trimPrefix "mount" $key | lower))
  (list "pod.volume" (and (empty $kind) (not (has (printf "volume %s" .name) $volumes))) $.of $name .name)
  (list "pod.bidirectional" (and (eq (toString .mountPropagation) "Bidirectional") (not $isPrivileged)) $.of $name)) }}
{{- if eq $kind "container " }}{{ $_ := set $taken $entry true }}{{ end }}
{{- range .ports }}
{{- $same := or (eq (toString .name) "http") (eq (int .containerPort) $port) }}
{{- include "taskrunner.sentences" (list $.root (list "pod.port" (and $serves $same) $.of $list $name $port)) }}
{{- end }}{{ end }}{{ end }}
{{- end }}

{{/* Hooks and probes: one handler each, with what it needs. */}}
{{- define "taskrunner.validate.handlers" -}}
{{- $places := pick .settings "startupProbe" "livenessProbe" "readinessProbe" }}
{{- range $name, $hook := .settings.lifecycle }}{{ if kindIs "map" $hook }}{{ $_ := set $places (printf "lifecycle.%s" $name) $hook }}{{ end }}{{ end }}
{{- range $name, $place := $places }}
{{- $handlers := pick $place "exec" "httpGet" "tcpSocket" "grpc" "sleep" }}
{{- $all := keys $handlers | sortAlpha | join " and " }}
{{- include "taskrunner.sentences" (list $.root (list "pod.handlers" (gt (len $handlers) 1) $.of $name $all)) }}
{{- range $kind, $handler := $handlers }}
{{- $needed := get (dict "exec" "command" "sleep" "seconds") $kind | default "port" }}
{{- $port := $handler.port | toString }}
{{- $grace := $.settings.terminationGracePeriodSeconds }}
{{- include "taskrunner.sentences" (list $.root (list "pod.handlerNeeds" (not (hasKey $handler $needed)) $.of $name $kind $needed)
  (list "pod.handlerPort" (and (kindIs "string" $handler.port) (ne $port "http") (not (contains "{{" $port))) $.of $name $kind $port)
  (list "pod.sleep" (and (eq $kind "sleep") (gt (int $handler.seconds) (int $grace))) $.of $name $grace)) }}
{{- end }}{{ end }}
{{- end }}

{{/* Variables with which a pod would do other than what the rest of the chart is made for: probes, scalers, policies, other pods. They are in .table. */}}
{{- define "taskrunner.validate.variables" -}}
{{- $ours := merge (dict) (get .table .component | default dict) (ne .component "migrate" | ternary .table.database dict) .table.all }}
{{- range $store := list "broker" "database" }}
{{- range $variable, $path := include "taskrunner.tlsFiles" (dict "root" $.root "store" $store) | fromYaml }}
{{- $_ := set $ours $variable (printf "%s.tls" $store) }}
{{- end }}{{ end }}
{{- $shared := dict }}
{{- range .root.Values.extraEnv }}{{ $_ := set $shared .name . }}{{ end }}
{{- range include "taskrunner.unique" (list .root .settings.extraEnv) | fromJsonArray }}
{{- $name := .name }}
{{- $differs := and (eq $name "TASKRUNNER_DATABASE_SCHEMA") (ne (toJson .) (get $shared $name | toJson)) }}
{{- include "taskrunner.sentences" (list $.root (list "pod.variable" (get $ours $name) $.of $name (get $ours $name))
  (list "pod.schema" $differs $.of)) }}
{{- end }}
{{- end }}

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
{{- $settings := .settings }}{{ $dns := $settings.dnsConfig | default dict }}{{ $searches := $dns.searches | default list }}
{{- $ready := int $settings.minReadySeconds }}{{ $deadline := $settings.progressDeadlineSeconds | default 600 | int }}
{{- $pool := (get .root.Values.workers (.pool | default "") | default dict).serviceAccount }}
{{- $account := $pool | default (get .root.Values .component).serviceAccount | default dict }}
{{- include "taskrunner.mistakes" (dict
  (printf "%s: serviceAccount has annotations, but no account is made: set create to true, or remove them and annotate the account %s." .of $settings.account)
  (and $account.annotations (not (dig "create" false ($settings.serviceAccount | default dict))))
  (printf "%s: minReadySeconds (%d) must be less than progressDeadlineSeconds (%d)." .of $ready $deadline) (ge $ready $deadline)
  (printf "%s: dnsPolicy is None, but dnsConfig has no nameservers: add one, or set another dnsPolicy." .of) (and (eq (toString $settings.dnsPolicy) "None") (not $dns.nameservers))
  (printf "%s: dnsConfig.searches has more than 6 names or 256 characters, which Kubernetes takes from 1.26 on." .of)
  (and (semverCompare "<1.26-0" .root.Capabilities.KubeVersion.Version) (or (gt (len $searches) 6) (gt (len (join " " $searches)) 256)))) }}
{{- range $name, $context := pick $settings "podSecurityContext" "securityContext" }}
{{- $more := eq (toString $context.privileged) "true" | ternary "privileged" (has "CAP_SYS_ADMIN" (($context.capabilities | default dict).add | default list) | ternary "CAP_SYS_ADMIN" "") }}
{{- include "taskrunner.mistakes" (dict (printf "%s: %s asks for %s, but allowPrivilegeEscalation is false: set it to true, or to none." $.of $name $more)
  (and $more (eq (toString $context.allowPrivilegeEscalation) "false"))) }}
{{- include "taskrunner.mistakes" (dict (printf "%s: %s.runAsUser is 0, but runAsNonRoot is true: such a pod would never start; set another user, or runAsNonRoot to none." $.of $name)
  (and (eq (toString $context.runAsUser) "0") (eq (toString (get (hasKey $context "runAsNonRoot" | ternary $context $settings.podSecurityContext) "runAsNonRoot")) "true")
    (or (eq $name "securityContext") (not (hasKey $settings.securityContext "runAsUser"))))) }}
{{- range $key, $profile := pick $context "seccompProfile" "appArmorProfile" }}
{{- include "taskrunner.mistakes" (dict (printf "%s: %s.%s has the type %v: localhostProfile must be set with Localhost, and only then; none removes it." $.of $name $key $profile.type)
  (ternary (empty $profile.localhostProfile) (hasKey $profile "localhostProfile") (eq (toString $profile.type) "Localhost"))) }}
{{- end }}{{ end }}
{{- $limits := ($settings.resources | default dict).limits | default dict }}{{ range $name, $request := ($settings.resources | default dict).requests }}
{{- $more := subf (include "taskrunner.quantity" $request | float64) (include "taskrunner.quantity" (get $limits $name | default $request) | float64) }}
{{- $whole := and (regexMatch "^hugepages-|/" $name) (not (contains "kubernetes.io/" $name)) }}
{{- include "taskrunner.mistakes" (dict (printf "%s: resources.requests has more %s (%v) than resources.limits (%v); what you did not set is the chart's own, and none removes it." $.of $name $request (get $limits $name)) (gt $more 0.0)
  (printf "%s: resources.limits must have as much %s as resources.requests (%v)." $.of $name $request) (and $whole (or (lt $more 0.0) (not (hasKey $limits $name))))) }}
{{- end }}
{{- $spreads := list }}{{ range $settings.topologySpreadConstraints }}{{ $spreads = append $spreads (dict "name" (printf "%s (%s)" .topologyKey .whenUnsatisfiable)) }}{{ end }}
{{- $lists := dict "hostAliases" $settings.hostAliases "topologySpreadConstraints" $spreads "resourceClaims" $settings.resourceClaims "dnsConfig.options" $dns.options
  "podSecurityContext.sysctls" $settings.podSecurityContext.sysctls "resources.claims" ($settings.resources | default dict).claims }}
{{- range $list, $entries := $lists }}
{{- $seen := dict }}
{{- range $entries }}
{{- $name := .ip | default .name }}
{{- include "taskrunner.mistakes" (dict (printf "%s: %s has %v twice: make one entry of them." $.of $list $name) (hasKey $seen $name)) }}
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
{{- range include "taskrunner.volumes" . | fromYamlArray }}{{ $_ := set (set $taken .mountPath true) (printf "volume %s" .name) true }}{{ end }}
{{- $volumes := keys $taken }}
{{- range include "taskrunner.unique" (dict "root" .root "value" .settings.extraVolumes) | fromYamlArray }}{{ $volumes = append $volumes (printf "volume %s" .name) }}{{ end }}
{{- range $list, $kind := dict "initContainers" "container " "extraContainers" "container " "extraVolumes" "volume " "extraVolumeMounts" "" }}
{{- $key := empty $kind | ternary "mountPath" "name" }}
{{- range include "taskrunner.unique" (dict "root" $.root "value" (get $.settings $list) "key" $key) | fromYamlArray }}
{{- $name := get . $key }}
{{- $entry := printf "%s%s" $kind (trimSuffix "/" $name) }}
{{- $sentence := "%s: %s has %q, which the pod has already: take another %s." }}
{{- include "taskrunner.mistakes" (dict (printf $sentence $.of $list $name (trimPrefix "mount" $key | lower)) (hasKey $taken $entry)) }}
{{- if eq $kind "container " }}{{ $_ := set $taken $entry true }}{{ end }}
{{- include "taskrunner.mistakes" (dict
  (printf "%s: extraVolumeMounts has %q, and the pod has no volume %q: add it to extraVolumes." $.of $name .name) (and (empty $kind) (not (has (printf "volume %s" .name) $volumes)))
  (printf "%s: extraVolumeMounts has %q with mountPropagation Bidirectional, which only securityContext.privileged allows." $.of $name)
  (and (eq (toString .mountPropagation) "Bidirectional") (ne (toString $.settings.securityContext.privileged) "true"))) }}
{{- range .ports }}
{{- if and (ne $.component "migrate") (ne $.component "test") (or (eq (toString .name) "http") (eq (int .containerPort) (int $.root.Values.config.httpPort))) }}
{{ $.of }}: {{ $list }} {{ quote $name }} has the port of the program ({{ int $.root.Values.config.httpPort }}, named http): take another one, or change config.httpPort.
{{- end }}{{ end }}{{ end }}{{ end }}
{{- end }}

{{/* Hooks and probes: one handler each, with what it needs. */}}
{{- define "taskrunner.validate.handlers" -}}
{{- $places := pick .settings "startupProbe" "livenessProbe" "readinessProbe" }}
{{- range $name, $hook := .settings.lifecycle }}{{ if kindIs "map" $hook }}{{ $_ := set $places (printf "lifecycle.%s" $name) $hook }}{{ end }}{{ end }}
{{- range $name, $place := $places }}
{{- $handlers := pick $place "exec" "httpGet" "tcpSocket" "grpc" "sleep" }}
{{- include "taskrunner.mistakes" (dict (printf "%s: %s has %s: keep one of them." $.of $name (keys $handlers | sortAlpha | join " and ")) (gt (len $handlers) 1)) }}
{{- range $kind, $handler := $handlers }}
{{- $needed := get (dict "exec" "command" "sleep" "seconds") $kind | default "port" }}
{{- include "taskrunner.mistakes" (dict (printf "%s: %s.%s needs a %s." $.of $name $kind $needed) (not (hasKey $handler $needed))
  (printf "%s: %s.%s names the port %v, and the container has only http: take that, or a number." $.of $name $kind $handler.port)
  (and (kindIs "string" $handler.port) (not (has $handler.port (list "http"))) (not (contains "{{" (toString $handler.port))))
  (printf "%s: %s.sleep must be shorter than terminationGracePeriodSeconds (%v)." $.of $name $.settings.terminationGracePeriodSeconds)
  (and (eq $kind "sleep") (gt (int $handler.seconds) (int $.settings.terminationGracePeriodSeconds)))) }}
{{- end }}{{ end }}
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
{{- include "taskrunner.mistakes" (dict
  (printf "%s: extraEnv sets %s, which the chart sets from %s: set that in its place." $.of $name (get $ours $name)) (get $ours $name)
  (printf "%s: extraEnv sets TASKRUNNER_DATABASE_SCHEMA, and all pods must have the same: set it in extraEnv at the top." $.of)
  (and (eq $name "TASKRUNNER_DATABASE_SCHEMA") (ne (toJson .) (get $shared $name | toJson)))) }}
{{- end }}
{{- end }}

{{/* The settings of one kind of pod: what all pods share, over it the component's values, over them those of the pool. For pods of the
program the lists of extras are those of all pods, followed by the component's own. Made once: many objects ask for it. */}}
{{- define "taskrunner.settings" -}}
{{- $values := .root.Values }}
{{- include "taskrunner.given" .root }}{{ $computed := printf "computed settings %s %s" .component .pool }}
{{- if not (hasKey $values $computed) }}
{{- $settings := dict }}
{{- $shared := pick $values "podLabels" "podAnnotations" "podSecurityContext" "securityContext" "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "lostNodeSeconds" "automountServiceAccountToken" "hostUsers" "shareProcessNamespace" "resourceClaims" "image" "priorityClassName" "runtimeClassName" "schedulerName" "hostAliases" "dnsPolicy" "dnsConfig" "tmpSizeLimit" }}
{{- range list $shared (get $values .component) (get $values.workers (.pool | default "") | default dict) }}
{{- /* A digest is that of one image. */}}
{{- $image := .image | default dict }}
{{- if and $settings.image (or $image.tag $image.repository) }}{{ $_ := set $settings.image "digest" "" }}{{ end }}
{{- include "taskrunner.overlay" (dict "into" $settings "from" .) }}
{{- end }}
{{- include "taskrunner.removeNone" (pick $settings "resources" "podSecurityContext" "securityContext" "strategy" "startupProbe" "livenessProbe" "readinessProbe" "podDisruptionBudget" "lifecycle") }}
{{- range $key := list "lostNodeSeconds" "terminationGracePeriodSeconds" "activeDeadlineSeconds" "ttlSecondsAfterFinished" "hostUsers" "shareProcessNamespace" "minReadySeconds" "progressDeadlineSeconds" }}
{{- if eq (get $settings $key | toString) "none" }}{{ $_ := unset $settings $key }}{{ end }}
{{- end }}
{{- with $settings.autoscaling }}
{{- $words := list .type ((.keda | default dict).trigger | default "none") }}
{{- include "taskrunner.removeNone" . }}
{{- $_ := set (set (merge . (dict "keda" dict "hpa" dict)) "type" (first $words)).keda "trigger" (last $words) }}
{{- end }}
{{- /* A container that never ends would keep a job or a test from ending. */}}
{{- $lasting := has .component (list "worker" "beat") | ternary (list "extraContainers") list }}
{{- range $key := concat $lasting (list "extraEnv" "extraEnvFrom" "extraVolumes" "extraVolumeMounts" "initContainers") }}{{ $_ := set $settings $key (concat (get $values $key | default list) (get $settings $key | default list)) }}{{ end }}
{{- $addresses := dict "of" (pick $settings "image" "persistence" "serviceAccount") }}
{{- include "taskrunner.fillIn" (dict "root" .root "map" $addresses "key" "of" "but" (list "labels" "annotations")) }}
{{- range $key, $arguments := pick $settings "command" "args" "extraArgs" }}{{ $_ := set $settings $key (include "taskrunner.tpl" (list $.root $arguments) | fromYamlArray) }}{{ end }}
{{- $_ := set $settings "account" (include "taskrunner.account" (merge (dict "settings" $settings) .)) }}
{{- $_ := set $values $computed (toJson $settings) }}{{ end }}{{ get $values $computed }}
{{- end }}

{{/* Metadata of a pod: .component, .pool, .settings, and .annotations that the chart adds. */}}
{{- define "taskrunner.podMetadata" -}}
labels:
  {{- include "taskrunner.layers" (list .root .root.Values.commonLabels .settings.podLabels (include "taskrunner.selectorLabels" . | fromYaml)) | nindent 2 }}
{{- include "taskrunner.part" (list "annotations" (include "taskrunner.layers" (list .root .annotations .settings.podAnnotations))) }}
{{- end }}

{{/* Checksum of the data that the object of a template file holds. Its labels stay out: a new chart version alone replaces no pod. */}}
{{- define "taskrunner.checksum" -}}
{{- $remembered := printf "checksum %s" .file }}
{{- if not (hasKey .root.Values $remembered) }}
{{- $data := (include (print .root.Template.BasePath "/" .file) .root | fromYaml).data }}
{{- $_ := set .root.Values $remembered (empty $data | ternary "" (toYaml $data | sha256sum)) }}
{{- end }}
{{- get .root.Values $remembered }}
{{- end }}

{{/* Annotations that replace pods when what they read at start changes, and those that scrapers look for. */}}
{{- define "taskrunner.runnerAnnotations" -}}
{{- $annotations := dict "checksum/config" (include "taskrunner.checksum" (dict "root" .root "file" "configmap.yaml")) }}
{{- with include "taskrunner.credentials" .root | fromJson }}{{ $_ := set $annotations "checksum/credentials" (toJson . | sha256sum) }}{{ end }}
{{- if .schedules }}
{{- $_ := set $annotations "checksum/schedules" (include "taskrunner.checksum" (dict "root" .root "file" "beat/configmap.yaml")) }}
{{- end }}
{{- with .root.Values.secretRevision }}{{ $_ := set $annotations "taskrunner.dev/secret-revision" (toString .) }}{{ end }}
{{- if and .http (eq .root.Values.metrics.scrape "annotations") }}
{{- $port := .root.Values.config.httpPort | int | toString }}
{{- $annotations = merge $annotations (dict "prometheus.io/scrape" "true" "prometheus.io/port" $port "prometheus.io/path" "/metrics") }}
{{- end }}
{{- toJson $annotations }}
{{- end }}

{{/* A list of (list $ list "key") as JSON, templated, without two entries of one key (name, when none is said): the last one wins, at the place of the first. */}}
{{- define "taskrunner.unique" -}}
{{- $key := slice . 2 | first | default "name" }}
{{- $order := list }}
{{- $entries := dict }}
{{- $list := index . 1 | default list }}
{{- if contains "{{" (toJson $list) }}{{ $list = include "taskrunner.tpl" (list (first .) $list) | fromYamlArray }}{{ end }}
{{- range $list }}
{{- $name := get . $key | default (toJson .) | trimSuffix "/" }}
{{- $order = append $order $name }}
{{- $_ := set $entries $name . }}
{{- end }}
{{- $unique := list }}
{{- range uniq $order }}{{ $unique = append $unique (get $entries .) }}{{ end }}
{{- toJson $unique }}
{{- end }}

{{/* Containers of the user: templated, and hardened like ours where they say nothing about it. */}}
{{- define "taskrunner.containers" -}}
{{- range include "taskrunner.unique" (list .root .value) | fromJsonArray }}
{{- $container := . }}
{{- range $list, $key := dict "env" "name" "ports" "name" "volumeMounts" "mountPath" "volumeDevices" "devicePath" }}
{{- if get $container $list }}{{ $_ := set $container $list (include "taskrunner.unique" (list $.root (get $container $list) $key) | fromJsonArray) }}{{ end }}
{{- end }}
{{- if not (hasKey $container "securityContext") }}{{ $_ := set $container "securityContext" (include "taskrunner.context" (list $.root $.securityContext) | fromYaml) }}{{ end }}
{{ toYaml (list $container) }}
{{- end }}
{{- end }}

{{/* How a container of ours ends: what it may take and do, by its .settings, and its .volumes. What others give it cannot be written. */}}
{{- define "taskrunner.confined" -}}
{{- include "taskrunner.filledPart" (list .root "resources" .settings.resources) }}
securityContext:
  {{- include "taskrunner.context" (list .root .settings.securityContext) | nindent 2 }}
volumeMounts:
  {{- range .volumes }}
  - name: {{ .name }}
    mountPath: {{ .mountPath }}
    {{- if or .projected .configMap .secret }}
    readOnly: true
    {{- end }}
  {{- end }}
{{- end }}

{{/* The probes that are switched on, each with our HTTP handler unless it brings one. */}}
{{- define "taskrunner.probes" -}}
{{- $probes := dict }}
{{- range $name, $path := dict "startupProbe" "/startupz" "livenessProbe" "/livez" "readinessProbe" "/readyz" }}
{{- $probe := get $.settings $name }}
{{- if $probe.enabled }}
{{- $handler := pick $probe "httpGet" "exec" "tcpSocket" "grpc" | default (dict "httpGet" (dict "path" $path "port" "http")) }}
{{- $_ := set $probes $name (merge $handler (omit $probe "enabled")) }}
{{- end }}{{ end }}
{{- include "taskrunner.tpl" (list .root $probes) }}
{{- end }}

{{/* The volumes of a pod of the program, each with the .mountPath at which it is seen. Only /tmp can be written; 288 is 0440. */}}
{{- define "taskrunner.volumes" -}}
{{- $volumes := list (dict "name" "tmp" "mountPath" "/tmp" "emptyDir" (dict "sizeLimit" .settings.tmpSizeLimit)) }}
{{- $volumes = concat $volumes (include "taskrunner.secretVolumes" . | fromJsonArray) }}
{{- if .schedules }}
{{- $schedules := dict "name" (include "taskrunner.named" (list .root "schedules")) }}
{{- $volumes = append $volumes (dict "name" "schedules" "mountPath" "/etc/taskrunner/schedules" "configMap" $schedules) }}
{{- end }}
{{- if and .settings.podDeletionCost (not .settings.automountServiceAccountToken) }}
{{- $token := dict "serviceAccountToken" (dict "path" "token" "expirationSeconds" 3607) }}
{{- $authority := dict "configMap" (dict "name" "kube-root-ca.crt" "items" (list (dict "key" "ca.crt" "path" "ca.crt"))) }}
{{- $api := dict "defaultMode" 288 "sources" (list $token $authority) }}
{{- $volumes = append $volumes (dict "name" "api" "mountPath" "/var/run/secrets/kubernetes.io/serviceaccount" "projected" $api) }}
{{- end }}
{{- toJson $volumes }}
{{- end }}

{{/* The spec of a pod of the program. .component, .pool and .settings as above; .container names the container and .args its arguments;
.env are variables of its own; .files are secret files of its own; .http says that it serves the endpoints; .schedules mounts the declared schedules. */}}
{{- define "taskrunner.podSpec" -}}
{{- $root := .root }}
{{- $settings := .settings }}
{{- $volumes := include "taskrunner.volumes" . | fromJsonArray }}
{{- include "taskrunner.podBase" . }}
{{- with .restartPolicy }}
restartPolicy: {{ . }}
{{- end }}
{{- $context := dict "root" $root "securityContext" $settings.securityContext }}
{{- $initContainers := include "taskrunner.containers" (set $context "value" $settings.initContainers) }}
{{- include "taskrunner.part" (list "initContainers" (trim $initContainers)) }}
containers:
  - name: {{ .container }}
    image: {{ include "taskrunner.image" (dict "root" $root "image" $settings.image) | quote }}
    imagePullPolicy: {{ $settings.image.pullPolicy }}
    {{- include "taskrunner.part" (list "command" (toYaml $settings.command) 4) }}
    args:
      {{- concat ($settings.args | default .args) ($settings.extraArgs | default list) | toYaml | nindent 6 }}
    envFrom:
      - configMapRef:
          name: {{ include "taskrunner.named" (list $root "config") | quote }}
      {{- $from := include "taskrunner.tpl" (list $root $settings.extraEnvFrom) | fromYamlArray | uniq }}
      {{- include "taskrunner.entries" (list (toYaml $from) 6) }}
    {{- $variables := merge (include "taskrunner.otlp" . | fromYaml) (include "taskrunner.secretEnv" $root | fromJson) }}
    {{- range keys $variables }}{{ if and $.ownLogin (hasPrefix "DATABASE_SECRET_" .) }}{{ $_ := unset $variables . }}{{ end }}{{ end }}
    {{- /* Not merged, as an empty one takes another away. */}}
    {{- range $name, $value := .env }}{{ $_ := set $variables $name $value }}{{ end }}
    {{- $extraEnv := include "taskrunner.unique" (list $root $settings.extraEnv) | fromJsonArray }}
    {{- range $extraEnv }}{{ $_ := unset $variables .name }}{{ end }}
    {{- if or $variables $extraEnv }}
    env:
      {{- range $name, $value := $variables }}
      - name: {{ $name }}
        {{- if kindIs "map" $value }}
        valueFrom:
          {{- toYaml $value | nindent 10 }}
        {{- else }}
        value: {{ $value | quote }}
        {{- end }}
      {{- end }}
      {{- include "taskrunner.entries" (list (toYaml $extraEnv) 6) }}
    {{- end }}
    {{- if .http }}
    ports:
      - {name: http, containerPort: {{ $root.Values.config.httpPort | int }}, protocol: TCP}
    {{- include "taskrunner.entries" (list (include "taskrunner.probes" .) 4) }}
    {{- end }}
    {{- include "taskrunner.filledPart" (list $root "lifecycle" $settings.lifecycle 4) }}
    {{- include "taskrunner.confined" (dict "root" $root "settings" $settings "volumes" $volumes) | trim | nindent 4 }}
      {{- $mounts := include "taskrunner.unique" (list $root $settings.extraVolumeMounts "mountPath") | fromJsonArray }}
      {{- include "taskrunner.entries" (list (toYaml $mounts) 6) }}
  {{- include "taskrunner.entries" (list (include "taskrunner.containers" (set $context "value" $settings.extraContainers) | trim) 2) }}
volumes:
  {{- range $volumes }}
  - {{- omit . "mountPath" | toYaml | nindent 4 }}
  {{- end }}
  {{- include "taskrunner.entries" (list (include "taskrunner.unique" (list $root $settings.extraVolumes) | fromJsonArray | toYaml) 2) }}
{{- end }}

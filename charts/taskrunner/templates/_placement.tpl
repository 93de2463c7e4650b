{{/* The part of a pod's spec that has nothing to do with its containers: identity, hardening, placement. */}}
{{- define "taskrunner.podBase" -}}
{{- $root := .root }}
{{- $settings := .settings -}}
serviceAccountName: {{ include "taskrunner.serviceAccountName" $root | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with concat $root.Values.global.imagePullSecrets $root.Values.imagePullSecrets | uniq }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with include "taskrunner.context" (dict "root" $root "context" $settings.podSecurityContext) | fromJson }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
terminationGracePeriodSeconds: {{ $settings.terminationGracePeriodSeconds | int }}
{{- range $key := list "priorityClassName" "runtimeClassName" "schedulerName" "dnsPolicy" }}
{{- with get $settings $key }}
{{ $key }}: {{ include "taskrunner.tpl" (dict "root" $root "value" .) | quote }}
{{- end }}
{{- end }}
{{- range $key := list "dnsConfig" "hostAliases" "nodeSelector" }}
{{- with get $settings $key }}
{{ $key }}:
  {{- include "taskrunner.tpl" (dict "root" $root "value" .) | nindent 2 }}
{{- end }}
{{- end }}
{{- with include "taskrunner.tolerations" . | fromJsonArray }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "taskrunner.affinity" . | fromYaml }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range include "taskrunner.tpl" (dict "root" $root "value" .) | fromYamlArray }}
  {{- $constraint := . }}
  {{- if not (hasKey $constraint "labelSelector") }}
  {{- $_ := set $constraint "labelSelector" (dict "matchLabels" (include "taskrunner.selectorLabels" $ | fromYaml)) }}
  {{- end }}
  {{- toYaml (list $constraint) | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The tolerations given, and short ones for lost nodes where none is given for them. A store is better waited for than started twice. */}}
{{- define "taskrunner.tolerations" -}}
{{- $tolerations := include "taskrunner.tpl" (dict "root" .root "value" .settings.tolerations) | fromYamlArray }}
{{- if and (has .component (list "worker" "beat")) (not (kindIs "invalid" .settings.lostNodeSeconds)) }}
{{- range $key := list "node.kubernetes.io/not-ready" "node.kubernetes.io/unreachable" }}
{{- $given := false }}
{{- range $tolerations }}
{{- $given = or $given (and (eq (get . "key" | default $key) $key) (eq (get . "effect" | default "NoExecute") "NoExecute")) }}
{{- end }}
{{- if not $given }}
{{- $tolerations = append $tolerations (dict "key" $key "operator" "Exists" "effect" "NoExecute" "tolerationSeconds" (int $.settings.lostNodeSeconds)) }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $tolerations }}
{{- end }}

{{/* A security context as it is, or without users and groups where the platform gives them. */}}
{{- define "taskrunner.context" -}}
{{- $mode := .root.Values.openshift }}
{{- if or (eq $mode "always") (and (eq $mode "auto") (.root.Capabilities.APIVersions.Has "security.openshift.io/v1")) }}
{{- omit .context "runAsUser" "runAsGroup" "fsGroup" | toJson }}
{{- else }}
{{- toJson .context }}
{{- end }}
{{- end }}

{{/* The affinity given, with the preset against pods of the same kind on one node where no such rule is given. */}}
{{- define "taskrunner.affinity" -}}
{{- $affinity := include "taskrunner.tpl" (dict "root" .root "value" .settings.affinity) | fromYaml }}
{{- $preset := .settings.antiAffinity | default "none" }}
{{- if and (ne $preset "none") (not (hasKey $affinity "podAntiAffinity")) }}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "taskrunner.selectorLabels" . | fromYaml)) }}
{{- $soft := dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $term)) }}
{{- $_ := set $affinity "podAntiAffinity" (eq $preset "hard" | ternary (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term)) $soft) }}
{{- end }}
{{- toYaml $affinity }}
{{- end }}

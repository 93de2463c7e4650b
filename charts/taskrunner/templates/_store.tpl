{{/* The StatefulSet of a bundled store. .component, its .port and the .data folder; .container is the rest of its container; .volumes are its own,
each with the .mountPath at which it is seen. */}}
{{- define "taskrunner.store" -}}
{{- $settings := include "taskrunner.settings" . | fromJson }}
{{- $pod := merge (dict "settings" $settings) . }}
{{- $volumes := append .volumes (dict "name" "tmp" "mountPath" "/tmp" "emptyDir" (dict "sizeLimit" $settings.tmpSizeLimit)) }}
{{- $persistence := $settings.persistence }}
{{- $source := dict "emptyDir" (dict "sizeLimit" $persistence.size) }}
{{- $claim := dict "persistentVolumeClaim" (dict "claimName" $persistence.existingClaim) }}
{{- $data := and $persistence.enabled $persistence.existingClaim | empty | ternary $source $claim }}
{{- $_ := set (set $data "name" "data") "mountPath" .data }}
{{- $made := include "taskrunner.storeClaim" $pod | fromYaml }}
{{- $name := include "taskrunner.named" (list .root .component) -}}
{{ include "taskrunner.head" (dict "root" .root "api" "apps/v1" "kind" "StatefulSet" "name" $name "component" .component) }}
spec:
  replicas: 1
  serviceName: {{ $name | quote }}
  selector:
    matchLabels:
      {{- include "taskrunner.selectorLabels" $pod | nindent 6 }}
  template:
    metadata:
      {{- include "taskrunner.podMetadata" $pod | nindent 6 }}
    spec:
      {{- include "taskrunner.podBase" $pod | nindent 6 }}
      containers:
        - name: {{ .component }}
          image: {{ include "taskrunner.image" (dict "root" .root "image" $settings.image) | quote }}
          imagePullPolicy: {{ $settings.image.pullPolicy }}
          {{- toYaml .container | nindent 10 }}
          ports:
            - {name: {{ .component }}, containerPort: {{ .port }}, protocol: TCP}
          {{- /* Whether it listens, asked without a password. */}}
          {{- range $probe, $numbers := dict "startupProbe" (list 1 2 300) "livenessProbe" (list 15 5 4) "readinessProbe" (list 5 3 2) }}
          {{ $probe }}:
            tcpSocket: {port: {{ $.component }}}
            periodSeconds: {{ index $numbers 0 }}
            timeoutSeconds: {{ index $numbers 1 }}
            failureThreshold: {{ index $numbers 2 }}
          {{- end }}
          {{- $all := append $volumes $data }}
          {{- include "taskrunner.confined" (dict "root" .root "settings" $settings "volumes" $all) | trim | nindent 10 }}
      volumes:
        {{- range empty $made | ternary $all $volumes }}
        - {{- omit . "mountPath" | toYaml | nindent 10 }}
        {{- end }}
  {{- with $made }}
  volumeClaimTemplates:
    - {{- toYaml . | nindent 6 }}
  {{- end }}
{{- end }}

{{/* The claim that the StatefulSet of a store makes, if any. It cannot change later, so only lasting labels are on it. .settings are the store's. */}}
{{- define "taskrunner.storeClaim" -}}
{{- $persistence := .settings.persistence }}
{{- if and $persistence.enabled (not $persistence.existingClaim) }}
{{- $class := kindIs "invalid" $persistence.storageClass | ternary (.root.Values.global.storageClass | default nil) $persistence.storageClass -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  labels:
    {{- include "taskrunner.layers" (list .root $persistence.labels (include "taskrunner.selectorLabels" . | fromYaml)) | nindent 4 }}
  {{- include "taskrunner.filledPart" (list .root "annotations" $persistence.annotations 2) }}
spec:
  accessModes:
    {{- toYaml $persistence.accessModes | nindent 4 }}
  {{- if not (kindIs "invalid" $class) }}
  storageClassName: {{ $class | quote }}
  {{- end }}
  resources:
    requests:
      storage: {{ $persistence.size | quote }}
{{- end }}
{{- end }}

{{/* The Service of a bundled store. There is one pod: whoever asks it too early tries again, and waits for no probe. */}}
{{- define "taskrunner.storeService" -}}
{{- if (get .root.Values .component).enabled -}}
{{ include "taskrunner.head" (dict "root" .root "api" "v1" "kind" "Service" "suffix" .component "component" .component) }}
spec:
  selector:
    {{- include "taskrunner.selectorLabels" (pick . "root" "component") | nindent 4 }}
  publishNotReadyAddresses: true
  ports:
    - {name: {{ .component }}, port: {{ .port }}, targetPort: {{ .component }}, protocol: TCP}
{{- end }}
{{- end }}

{{/* Name of the chart as labels show it. */}}
{{- define "taskrunner.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Start of every object's name. A Service's name may hold no dot and must start with a letter; the name of a release may not. */}}
{{- define "taskrunner.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $composed := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- $fullname := default $composed .Values.fullnameOverride | replace "." "-" }}
{{- regexReplaceAll "^([0-9])" $fullname "r${1}" }}
{{- end }}

{{/*
Name of one object: the full name, a dash and .suffix. A name that would be too long loses the end of the full name to a hash
of it, so that two long names that start alike stay apart. 63 fits a label; a StatefulSet needs room for what its pods add.
*/}}
{{- define "taskrunner.objectName" -}}
{{- $max := .max | default 63 | int }}
{{- $fullname := include "taskrunner.fullname" .root }}
{{- $whole := printf "%s-%s" $fullname .suffix }}
{{- if le (len $whole) $max }}
{{- $whole }}
{{- else }}
{{- $room := sub $max (add (len .suffix) 10) | int }}
{{- printf "%s-%s-%s" (trunc $room $fullname | trimSuffix "-") (sha256sum $fullname | trunc 8) .suffix }}
{{- end }}
{{- end }}

{{- define "taskrunner.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "taskrunner.configName" -}}
{{- include "taskrunner.objectName" (dict "root" . "suffix" "config") }}
{{- end }}

{{- define "taskrunner.credentialsName" -}}
{{- include "taskrunner.objectName" (dict "root" . "suffix" "credentials") }}
{{- end }}

{{- define "taskrunner.schedulesName" -}}
{{- include "taskrunner.objectName" (dict "root" . "suffix" "schedules") }}
{{- end }}

{{- define "taskrunner.redisName" -}}
{{- include "taskrunner.objectName" (dict "root" . "suffix" "redis" "max" 52) }}
{{- end }}

{{- define "taskrunner.postgresqlName" -}}
{{- include "taskrunner.objectName" (dict "root" . "suffix" "postgresql" "max" 52) }}
{{- end }}

{{- define "taskrunner.serviceAccountName" -}}
{{- $fallback := .Values.serviceAccount.create | ternary (include "taskrunner.fullname" . | trunc 63 | trimSuffix "-") "default" }}
{{- default $fallback .Values.serviceAccount.name }}
{{- end }}

{{/* Reference of .image in the notation of container runtimes. */}}
{{- define "taskrunner.image" -}}
{{- $registry := default .image.registry .root.Values.global.imageRegistry }}
{{- $repository := empty $registry | ternary .image.repository (printf "%s/%s" $registry .image.repository) }}
{{- if .image.digest }}
{{- printf "%s@%s" $repository .image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (default .root.Chart.AppVersion .image.tag) }}
{{- end }}
{{- end }}

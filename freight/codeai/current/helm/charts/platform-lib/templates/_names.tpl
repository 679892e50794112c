{{/*
Names. Kubernetes limits most of them to 63 characters (they end up in labels and DNS).
*/}}

{{- define "platform-lib.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/*
The release's full name: `fullnameOverride`, else release and chart name, said once where the
release is named after the chart.
*/}}
{{- define "platform-lib.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
A component's name, shortened on the release's side so that the component stays readable.
Takes: root, component
*/}}
{{- define "platform-lib.componentName" -}}
{{- $room := sub 62 (len .component) | int -}}
{{- printf "%s-%s" (include "platform-lib.fullname" .root | trunc $room | trimSuffix "-") .component -}}
{{- end }}

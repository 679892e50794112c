{{/*
Labels as https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ has them.
*/}}

{{/*
What selectors match. Never add anything here that changes between releases: selectors of
Deployments and StatefulSets are immutable.
Takes: root, component (optional)
*/}}
{{- define "platform-lib.selectorLabels" -}}
app.kubernetes.io/name: {{ include "platform-lib.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/*
Takes: root, component (optional), version (optional)
*/}}
{{- define "platform-lib.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "platform-lib.selectorLabels" . }}
{{- with .version }}
app.kubernetes.io/version: {{ regexReplaceAll "[^A-Za-z0-9_.-]+" . "-" | trunc 63 | trimAll "-_." | quote }}
{{- end }}
app.kubernetes.io/part-of: {{ .root.Values.partOf | default .root.Chart.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.commonLabels }}
{{ tpl (toYaml .) $.root }}
{{- end }}
{{- end }}

{{/*
Annotations from any number of maps; later maps win. Prints nothing where there are none.
Takes: root, maps (a list, nil allowed in it)
*/}}
{{- define "platform-lib.annotations" -}}
{{- $all := dict -}}
{{- range .maps -}}
{{- if kindIs "map" . -}}
{{- $all = mergeOverwrite $all (deepCopy .) -}}
{{- end -}}
{{- end -}}
{{- if not (empty $all) -}}
annotations:
  {{- tpl (toYaml $all) .root | nindent 2 }}
{{- end -}}
{{- end }}

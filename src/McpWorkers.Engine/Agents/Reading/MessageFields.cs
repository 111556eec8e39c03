namespace McpWorkers.Engine.Agents.Reading;

/// <summary>The fields of an <c>assistant</c> or <c>user</c> line that anybody asks for.</summary>
internal ref struct MessageFields
{
    public JsonView Content { get; private set; }

    public JsonView Usage { get; private set; }

    public JsonView Error { get; private set; }

    public JsonView Status { get; private set; }

    public bool IsSubagent { get; private set; }

    public bool IsApiError { get; private set; }

    public void Take(JsonView.Entry field)
    {
        var value = field.Value;
        if (field.NameIs("message"u8))
        {
            foreach (var inner in value)
            {
                Content = inner.NameIs("content"u8) ? inner.Value : Content;
                Usage = inner.NameIs("usage"u8) ? inner.Value : Usage;
            }
        }
        else if (field.NameIs("parent_tool_use_id"u8) || field.NameIs("agent_id"u8))
        {
            IsSubagent |= value.Kind == JsonKind.Text;
        }
        else if (field.NameIs("is_api_error_message"u8))
        {
            IsApiError = value.IsTrue;
        }
        else if (field.NameIs("error"u8))
        {
            Error = value;
        }
        else if (field.NameIs("api_error_status"u8))
        {
            Status = value;
        }
    }
}

/// <summary>The fields of a content block, taken in one walk: its content may be megabytes long.</summary>
internal ref struct BlockFields
{
    public JsonView Type { get; private set; }

    /// <summary>Of a text and of a thinking block.</summary>
    public JsonView Text { get; private set; }

    public JsonView Id { get; private set; }

    public JsonView Name { get; private set; }

    /// <summary>A tool's input or its result.</summary>
    public JsonView Content { get; private set; }

    public bool IsError { get; private set; }

    public void Take(JsonView.Entry field)
    {
        var value = field.Value;
        if (field.NameIs("type"u8))
        {
            Type = value;
        }
        else if (field.NameIs("text"u8) || field.NameIs("thinking"u8))
        {
            Text = value;
        }
        else if (field.NameIs("id"u8) || field.NameIs("tool_use_id"u8))
        {
            Id = value;
        }
        else if (field.NameIs("name"u8))
        {
            Name = value;
        }
        else if (field.NameIs("input"u8) || field.NameIs("content"u8))
        {
            Content = value;
        }
        else if (field.NameIs("is_error"u8))
        {
            IsError = value.IsTrue;
        }
    }
}

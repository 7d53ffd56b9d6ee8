using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Postern.Roles.Sandbox;

/// <summary><c>--show-sandbox --json</c>: the report for a program.</summary>
internal static class SandboxJson
{
    public static string Of(SandboxReport report)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("sandbox", report.Sandbox);
            Texts(json, "lacking", report.Lacking);
            json.WriteNumber("landlock", report.Landlock);
            Texts(json, "landlockLacks", report.LandlockLacks);
            json.WriteStartArray("roles");
            foreach (SandboxReport.RoleFacts role in report.Roles)
                Write(json, role);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, SandboxReport.RoleFacts role)
    {
        json.WriteStartObject();
        json.WriteString("role", role.Role);
        json.WriteString("user", role.User);
        Texts(json, "namespaces", role.Namespaces);
        json.WriteString("files", role.Files);
        json.WriteString("network", role.Network);
        json.WriteString("capabilities", role.Capabilities);
        json.WriteStartArray("limits");
        foreach (SandboxReport.LimitFacts limit in role.Limits)
        {
            json.WriteStartObject();
            json.WriteString("limit", limit.Limit);
            json.WriteNumber("value", limit.Value);
            json.WriteString("reason", limit.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("calls");
        foreach (SandboxReport.CallFacts call in role.Calls)
        {
            json.WriteStartObject();
            json.WriteString("call", call.Call);
            json.WriteString("condition", call.Condition);
            json.WriteString("reason", call.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, ImmutableArray<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using Postern.Roles.Ipc;

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
            JsonList.Write(json, "lacking", report.Lacking);
            json.WriteNumber("landlock", report.Landlock);
            JsonList.Write(json, "landlockLacks", report.LandlockLacks);
            JsonList.Write(json, "roles", report.Roles, Write);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, SandboxReport.RoleFacts role)
    {
        json.WriteStartObject();
        json.WriteString("role", role.Role);
        json.WriteString("user", role.User);
        JsonList.Write(json, "namespaces", role.Namespaces);
        json.WriteString("files", role.Files);
        json.WriteString("network", role.Network);
        json.WriteString("capabilities", role.Capabilities);
        JsonList.Write(json, "limits", role.Limits, Write);
        JsonList.Write(json, "calls", role.Calls, Write);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SandboxReport.LimitFacts limit)
    {
        json.WriteStartObject();
        json.WriteString("limit", limit.Limit);
        json.WriteNumber("value", limit.Value);
        json.WriteString("reason", limit.Reason);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SandboxReport.CallFacts call)
    {
        json.WriteStartObject();
        json.WriteString("call", call.Call);
        json.WriteString("condition", call.Condition);
        json.WriteString("reason", call.Reason);
        json.WriteEndObject();
    }
}

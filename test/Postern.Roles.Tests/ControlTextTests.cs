using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Postern.Configuration.Control;
using Postern.Configuration.Settings;
using Postern.Roles.Sandbox;
using Postern.Roles.Supervisor;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>posternd's JSON, which it writes by hand, is the one that <c>postern</c> reads.</summary>
public sealed class ControlTextTests
{
    private static readonly DateTimeOffset s_then = new(2026, 11, 27, 1, 2, 3, 456, TimeSpan.Zero);

    private static readonly JsonSerializerOptions s_camelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static readonly ControlReply s_whole = new()
    {
        Ok = true,
        Message = "it is <running> \"here\" ü",
        Problems = ["a.toml:1:1: warning: w", "b"],
        Status = new StatusReport
        {
            Version = "0.1.0",
            ConfigurationFile = "/etc/postern/postern.toml",
            StartedAt = s_then,
            ConfiguredAt = s_then.AddSeconds(1),
            Notices = ["n"],
            Generations =
            [
                new GenerationStatus(2, "current", s_then, new ServiceStatus(10, 1), new ServiceStatus(11, 2), new ServiceStatus(12, 3), [new WorkerStatus(13, 4, 5), new WorkerStatus(14, 0, 0)])
                {
                    Resolver = new ServiceStatus(15, 6),
                    Recorder = new ServiceStatus(16, 7),
                },
                new GenerationStatus(1, "draining", s_then, new ServiceStatus(0, 0), new ServiceStatus(0, 0), null, []),
            ],
            Gates =
            [
                new GateStatus(
                    "imaps", "imap", "implicit", ["127.0.0.1:993"], 1, 2, 3, long.MaxValue,
                    ImmutableDictionary<string, long>.Empty.Add("relay", 4).Add("dial", 5), ImmutableDictionary<string, long>.Empty.Add("closed", 6))
                {
                    Discovered = ["imaps: mail.example.org:993"],
                },
            ],
            Certificates = [new CertificateStatus("mail", ["mail.example.org", "*.example.org"], "EC", s_then)],
        },
    };

    [Fact]
    public void An_answer_is_what_the_other_side_makes_of_it()
    {
        foreach (ControlReply reply in (ReadOnlySpan<ControlReply>)[s_whole, s_whole with { Status = null, Problems = [] }])
        {
            byte[] text = ControlText.Write(reply);
            Assert.Equal(JsonSerializer.Serialize(reply, ControlJson.Default.ControlReply) + "\n", Encoding.UTF8.GetString(text));
        }
    }

    [Theory]
    [InlineData("""{"command":"status"}""", "status", null)]
    [InlineData(""" { "domain" : "example.org", "command" : "flush" } """, "flush", "example.org")]
    [InlineData("""{"command":"flush","domain":null}""", "flush", null)]
    [InlineData("""{"command":"reload","else":{"command":"x","more":[1,2,{"domain":3}]}}""", "reload", null)]
    public void A_request(string json, string command, string? domain) =>
        Assert.Equal(new ControlRequest(command) { Domain = domain }, ControlText.Read(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("")]
    [InlineData("status")]
    [InlineData("\"status\"")]
    [InlineData("{}")]
    [InlineData("""{"domain":"example.org"}""")]
    [InlineData("""{"command":1}""")]
    [InlineData("""{"command":["status"]}""")]
    [InlineData("""{"command":"status","domain":{}}""")]
    [InlineData("""{"command":"status" """)]
    [InlineData("""{"command":"status"} {}""")]
    [InlineData("""{"command":"\ud800"}""")]
    [InlineData("{\"command\":\"\u0001\"}")]
    public void What_is_no_request_is_none(string json) => Assert.Null(ControlText.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Whatever_bytes_come_reading_them_ends_in_a_value()
    {
        byte[] good = """{"command":"flush","domain":"example.org","x":[{"y":1}]}"""u8.ToArray();
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. good];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            _ = ControlText.Read(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
        }
    }

    [Fact]
    public void The_report_of_sandboxes_has_every_field()
    {
        SandboxReport report = new(
            "required", ["seccomp <x>"], 4, ["a", "b"],
            [new SandboxReport.RoleFacts(
                "worker", "postern", ["network"], "files", "net", "none", [new SandboxReport.LimitFacts("core file", ulong.MaxValue, "r")], [new SandboxReport.CallFacts("read", "", "why")])]);
        Assert.Equal(JsonSerializer.Serialize(report, s_camelCase), SandboxJson.Of(report));
    }
}

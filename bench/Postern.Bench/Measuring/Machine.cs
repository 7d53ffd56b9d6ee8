using System.Globalization;
using System.Runtime.InteropServices;

namespace Postern.Bench.Measuring;

internal sealed record Machine(string Processor, int Processors, string Kernel, string System)
{
    internal static Machine Describe() => new(
        Field("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString(),
        File.ReadLines("/proc/stat")
            .Count(line => line.StartsWith("cpu", StringComparison.Ordinal) && char.IsAsciiDigit(line[3])),
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        Field("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? "Linux");

    /// <summary>How many descriptors this process may have, and with it each that it starts.</summary>
    internal static long DescriptorLimit { get; } = long.TryParse(
        File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3],
        CultureInfo.InvariantCulture,
        out var limit)
        ? limit
        : long.MaxValue; // "unlimited"

    private static string? Field(string file, string name, char separator) =>
        File.ReadLines(file)
            .Select(line => line.Split(separator, 2))
            .FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == name)?[1].Trim();
}

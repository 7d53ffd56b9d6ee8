using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Tests;

/// <summary>What goes from the reader to posternd, and from there to its roles: every field of every record, and nothing that is not one.</summary>
public sealed class FormTests
{
    private int _next = 1;

    [Fact]
    public void EveryFieldGoesOver()
    {
        Same(Full<Snapshot>(), snapshot => Snapshot.Read(snapshot.Write()));
        Same(Full<KeySnapshot>(), snapshot => KeySnapshot.Read(snapshot.Write()));
        Same(Full<BackendSnapshot>(), snapshot => BackendSnapshot.Read(snapshot.Write()));
        Same(Full<ResolverSnapshot>(), snapshot => ResolverSnapshot.Read(snapshot.Write()));
        Same(Full<RecorderSnapshot>(), snapshot => RecorderSnapshot.Read(snapshot.Write()));
        Same(Full<TokenReport>(), report => TokenReport.Read(report.Write())!);
        Same(Full<SnapshotResult>(), result => ReaderAnswer.ReadSnapshot(ReaderAnswer.Write(result))!);
        Same(Full<ServerResult>(), result => ReaderAnswer.ReadServer(ReaderAnswer.Write(result))!);
    }

    [Fact]
    public void WhatIsMissingStaysAway()
    {
        Same(Bare<Snapshot>(), snapshot => Snapshot.Read(snapshot.Write()));
        Same(Bare<KeySnapshot>(), snapshot => KeySnapshot.Read(snapshot.Write()));
        Same(Bare<BackendSnapshot>(), snapshot => BackendSnapshot.Read(snapshot.Write()));
        Same(Bare<ResolverSnapshot>(), snapshot => ResolverSnapshot.Read(snapshot.Write()));
        Same(Bare<RecorderSnapshot>(), snapshot => RecorderSnapshot.Read(snapshot.Write()));
        Same(new SnapshotResult(null, []), result => ReaderAnswer.ReadSnapshot(ReaderAnswer.Write(result))!);
    }

    [Fact]
    public void ThereIsNoListAndAnEmptyOne()
    {
        GateSettings gate = Full<GateSettings>();
        Assert.Null(Again(gate with { Alpn = null }).Alpn);
        Assert.Empty(Again(gate with { Alpn = [] }).Alpn!.Value);

        static GateSettings Again(GateSettings gate) =>
            Snapshot.Read((new FormTests().Full<Snapshot>() with { Gates = [new FormTests().Full<LoadedGate>() with { Settings = gate }] }).Write()).Gates[0].Settings;
    }

    [Fact]
    public void APieceOfItIsNone()
    {
        byte[] whole = ReaderAnswer.Write(Full<SnapshotResult>());
        for (int length = 0; length < whole.Length; length++)
            Assert.Null(ReaderAnswer.ReadSnapshot(whole.AsSpan(0, length)));
        Assert.Null(ReaderAnswer.ReadSnapshot([.. whole, 0]));
        Assert.Throws<InvalidDataException>(() => Snapshot.Read([]));
    }

    /// <summary>It comes from a process with a vendor's library in it.</summary>
    [Fact]
    public void WhateverTheTrialOfATokenSaysIsAReportOrNone()
    {
        byte[] good = Full<TokenReport>().Write();
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. good];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            TokenReport? report = TokenReport.Read(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
            Assert.True(report is null || report.Problems.Length <= good.Length);
        }
    }

    [Fact]
    public void AnotherVersionIsNotUnderstood()
    {
        byte[] answer = ReaderAnswer.Write(new ServerResult(null, []));
        Assert.NotNull(ReaderAnswer.ReadServer(answer));
        answer[sizeof(int)]++;
        Assert.Null(ReaderAnswer.ReadServer(answer));
    }

    private static void Same<T>(T record, Func<T, T> over)
        where T : class => Same(typeof(T), record, over(record), typeof(T).Name);

    /// <summary>Compared by their fields: a record's own equality takes arrays for different.</summary>
    private static void Same(Type type, object? before, object? after, string path)
    {
        if (before is null || after is null)
        {
            Assert.True(before is null && after is null, $"{path}: {before ?? "null"} became {after ?? "null"}");
        }
        else if (Elements(Nullable.GetUnderlyingType(type) ?? type) is { } element)
        {
            object[] one = [.. ((IEnumerable)before).Cast<object>()], other = [.. ((IEnumerable)after).Cast<object>()];
            Assert.True(one.Length == other.Length, $"{path}: {one.Length} became {other.Length}");
            foreach ((int i, object each) in one.Index())
                Same(element, each, other[i], $"{path}[{i}]");
        }
        else if (IsRecord(type))
        {
            foreach (PropertyInfo property in Fields(type))
                Same(property.PropertyType, property.GetValue(before), property.GetValue(after), $"{path}.{property.Name}");
        }
        else
        {
            Assert.True(before.Equals(after), $"{path}: {before} became {after}");
        }
    }

    /// <summary>With something in every field, and not the same in two.</summary>
    private T Full<T>() => (T)Make(typeof(T), full: true)!;

    /// <summary>With nothing in any field that can be without.</summary>
    private T Bare<T>() => (T)Make(typeof(T), full: false)!;

    private object? Make(Type type, bool full)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
            return full ? Make(value, full) : null;
        if (type == typeof(string))
            return full ? $"text {_next++} ü" : "";
        if (type == typeof(byte[]))
            return full ? BitConverter.GetBytes(_next++) : [];
        if (Elements(type) is { } element)
        {
            var list = Array.CreateInstance(element, full ? 2 : 0);
            for (int i = 0; i < list.Length; i++)
                list.SetValue(Make(element, full), i);
            return typeof(ImmutableArray).GetMethods().Single(method => method.Name == "Create" && method.GetParameters() is [{ ParameterType.IsArray: true }])
                .MakeGenericMethod(element).Invoke(null, [list]);
        }

        if (type.IsEnum)
            return full ? Enum.GetValues(type).Cast<object>().Last() : Enum.GetValues(type).GetValue(0);
        if (type == typeof(TimeSpan))
            return TimeSpan.FromTicks(_next++);
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(2026, 1, 1, 0, 0, _next++ % 60, TimeSpan.Zero);
        if (!IsRecord(type))
            return type == typeof(bool) ? full : Convert.ChangeType(full ? _next++ : 0, type, null);

        object record = RuntimeHelpers.GetUninitializedObject(type);
        var nullability = new NullabilityInfoContext();
        foreach (PropertyInfo property in Fields(type))
        {
            bool canBeNull = IsRecord(property.PropertyType) || property.PropertyType == typeof(string) || property.PropertyType == typeof(byte[]);
            bool isNull = !full && canBeNull && nullability.Create(property).WriteState == NullabilityState.Nullable;
            property.SetValue(record, isNull ? null : Make(property.PropertyType, full));
        }

        return record;
    }

    private static IEnumerable<PropertyInfo> Fields(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);

    private static bool IsRecord(Type type) => type.IsClass && type != typeof(string) && !type.IsArray;

    private static Type? Elements(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) ? type.GetGenericArguments()[0]
        : type == typeof(byte[]) ? typeof(byte) : null;
}
